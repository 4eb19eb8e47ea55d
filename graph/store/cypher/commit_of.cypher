// commit_of: the commit that wrote a revision.
// in   revision: INTEGER
// out  as commits_after
MATCH (c:Commit)
WHERE c.first <= $revision
RETURN c.first AS first, c.last AS last, c.at AS at, c.actor AS actor, c.source AS source, c.change AS change,
       c.run AS run, c.previous AS previous, c.hash AS hash, c.entries AS entries
ORDER BY first DESC
LIMIT 1
