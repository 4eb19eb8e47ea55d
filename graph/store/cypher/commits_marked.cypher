// commits_marked: the change feed with the marker of each commit, oldest first.
// in   after: INTEGER (a revision number), limit: INTEGER
// out  first, last: INTEGER, at, actor, source, change, run, previous, hash: STRING, entries: BYTES, marker: STRING
MATCH (c:Commit)
WHERE c.first > $after
RETURN c.first AS first, c.last AS last, c.at AS at, c.actor AS actor, c.source AS source, c.change AS change,
       c.run AS run, c.previous AS previous, c.hash AS hash, c.entries AS entries, c.marker AS marker
ORDER BY first
LIMIT $limit
