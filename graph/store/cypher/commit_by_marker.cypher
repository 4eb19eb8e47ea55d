// commit_by_marker: whether a write whose answer was lost had been committed.
// in   marker: STRING
// out  first, last: INTEGER, hash: STRING
MATCH (c:Commit {marker: $marker})
RETURN c.first AS first, c.last AS last, c.hash AS hash
