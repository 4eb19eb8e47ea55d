// rel_remove: relationships of one type end.
// in   rows: LIST OF {s, t}
// out  written: INTEGER
// template: TYPE is a relationship type of the ontology
// DISTINCT as in rel_read
UNWIND $rows AS r
MATCH (a:CI {ci_id: r.s})
MATCH (b:CI {ci_id: r.t})
WITH DISTINCT r, a, b
MATCH (a)-[x:TYPE]->(b)
DELETE x
RETURN count(*) AS written
