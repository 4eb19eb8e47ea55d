// restore_runs: nodes of a backup's table runs as they were.
// in   rows: LIST OF {key: STRING, p: MAP}
// out  -
UNWIND $rows AS r
MERGE (n:Run {fl_key: r.key})
SET n += r.p
