// restore_conflicts: nodes of a backup's table conflicts as they were.
// in   rows: LIST OF {key: STRING, p: MAP}
// out  -
UNWIND $rows AS r
MERGE (n:Conflict {fl_key: r.key})
SET n += r.p
