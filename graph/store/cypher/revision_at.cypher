// revision_at: the last revision recorded at or before a moment.
// in   at: STRING (UTC)
// out  last: INTEGER (no row: nothing had been recorded)
MATCH (c:Commit)
WHERE c.at <= $at
RETURN c.last AS last
ORDER BY last DESC
LIMIT 1
