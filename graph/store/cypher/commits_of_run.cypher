// commits_of_run: what an import run wrote, newest first.
// in   run: STRING
// out  as commits_after
MATCH (c:Commit {run: $run})
RETURN c.first AS first, c.last AS last, c.at AS at, c.actor AS actor, c.source AS source, c.change AS change,
       c.run AS run, c.previous AS previous, c.hash AS hash, c.entries AS entries
ORDER BY first DESC
