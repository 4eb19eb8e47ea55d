// commits_before: the log backwards, newest first.
// in   before: INTEGER (commits that begin below it), after: INTEGER (and end above it), limit: INTEGER
// out  as commits_after
MATCH (c:Commit)
WHERE c.first < $before AND c.last > $after
RETURN c.first AS first, c.last AS last, c.at AS at, c.actor AS actor, c.source AS source, c.change AS change,
       c.run AS run, c.previous AS previous, c.hash AS hash, c.entries AS entries
ORDER BY first DESC
LIMIT $limit
