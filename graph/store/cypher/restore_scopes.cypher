// restore_scopes: nodes of a backup's table scopes as they were.
// in   rows: LIST OF {key: STRING, p: MAP}
// out  -
UNWIND $rows AS r
MERGE (n:Scope {fl_key: r.key})
SET n += r.p
