// restore_seen: nodes of a backup's table seen as they were.
// in   rows: LIST OF {key: STRING, p: MAP}
// out  -
UNWIND $rows AS r
MERGE (n:Seen {fl_key: r.key})
SET n += r.p
