// ci_create: CIs that were not there.
// in   rows: LIST OF {key, p: MAP}
// out  written: INTEGER
UNWIND $rows AS r
CREATE (c:CI {ci_id: r.key})
SET c += r.p
RETURN count(c) AS written
