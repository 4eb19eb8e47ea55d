// restore_hashes: nodes of a backup's table hashes as they were.
// in   rows: LIST OF {key: INTEGER, p: MAP}
// out  -
UNWIND $rows AS r
MERGE (n:GraphHash {revision: r.key})
SET n += r.p
