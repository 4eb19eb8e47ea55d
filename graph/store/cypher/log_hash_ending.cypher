// log_hash_ending: the hash of the commit whose last revision this is; found at once, however long the log is.
// in   revision: INTEGER
// out  hash: STRING (no row: no commit ends there)
MATCH (c:Commit {last: $revision})
RETURN c.hash AS hash
