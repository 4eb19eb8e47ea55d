// ci_create: CIs that were not there.
// in   rows: LIST OF {key, p: MAP}
// out  written: INTEGER
// template: PROPERTIES are those that any of the rows has; set afterwards, each would be written twice
UNWIND $rows AS r
CREATE (c:CI {ci_id: r.key, PROPERTIES})
RETURN count(c) AS written
