// commits_between: the change feed of a range without what some import runs wrote, oldest first; a marker says which batch.
// in   after, upto: INTEGER (revisions), without: LIST OF STRING (runs), limit: INTEGER
// out  first, last: INTEGER, at, actor, source, change, run, previous, hash: STRING, entries: BYTES, marker: STRING
MATCH (c:Commit)
WHERE c.last > $after AND c.first <= $upto AND (c.run IS NULL OR NOT c.run IN $without)
RETURN c.first AS first, c.last AS last, c.at AS at, c.actor AS actor, c.source AS source, c.change AS change,
       c.run AS run, c.previous AS previous, c.hash AS hash, c.entries AS entries, c.marker AS marker
ORDER BY first
LIMIT $limit
