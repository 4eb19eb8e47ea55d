// rel_update: relationships of one type get exactly these properties.
// in   rows: LIST OF {s, t, p: MAP (null removes)}
// out  written: INTEGER
// template: TYPE is a relationship type of the ontology
// DISTINCT as in rel_read
UNWIND $rows AS r
MATCH (a:CI {ci_id: r.s})
MATCH (b:CI {ci_id: r.t})
WITH DISTINCT r, a, b
MATCH (a)-[x:TYPE]->(b)
SET x += r.p
RETURN count(x) AS written
