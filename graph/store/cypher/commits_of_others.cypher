// commits_of_others: the change feed without what one import run wrote.
// in   after: INTEGER, run: STRING, limit: INTEGER
// out  as commits_after
MATCH (c:Commit)
WHERE c.first > $after AND (c.run IS NULL OR c.run <> $run)
RETURN c.first AS first, c.last AS last, c.at AS at, c.actor AS actor, c.source AS source, c.change AS change,
       c.run AS run, c.previous AS previous, c.hash AS hash, c.entries AS entries
ORDER BY first
LIMIT $limit
