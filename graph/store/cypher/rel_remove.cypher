// rel_remove: relationships of one type end.
// in   rows: LIST OF {s, t}
// out  written: INTEGER
// template: TYPE is a relationship type of the ontology
UNWIND $rows AS r
MATCH (a:CI {ci_id: r.s})-[x:TYPE]->(b:CI {ci_id: r.t})
DELETE x
RETURN count(*) AS written
