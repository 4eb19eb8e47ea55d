// log_hash_at: the hash of the commit that wrote a revision.
// in   revision: INTEGER
// out  hash: STRING (no row: nothing had been recorded)
MATCH (c:Commit)
WHERE c.first <= $revision
RETURN c.hash AS hash
ORDER BY c.first DESC
LIMIT 1
