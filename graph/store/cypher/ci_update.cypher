// ci_update: CIs get exactly these properties beside their id.
// in   rows: LIST OF {key, p: MAP (null removes)}
// out  written: INTEGER
UNWIND $rows AS r
MATCH (c:CI {ci_id: r.key})
SET c += r.p
RETURN count(c) AS written
