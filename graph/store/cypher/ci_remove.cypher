// ci_remove: CIs whose creation is undone; fails where relationships are left.
// in   rows: LIST OF {key}
// out  written: INTEGER
UNWIND $rows AS r
MATCH (c:CI {ci_id: r.key})
DELETE c
RETURN count(*) AS written
