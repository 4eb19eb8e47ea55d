// conflict_write: conflicts as a run met them.
// in   rows: LIST OF {key: STRING, p: MAP (null removes)}
// out  -
UNWIND $rows AS r
MERGE (c:Conflict {fl_key: r.key})
SET c += r.p
