// rel_update: relationships of one type get exactly these properties.
// in   rows: LIST OF {s, t, p: MAP (null removes)}
// out  written: INTEGER
// template: TYPE is a relationship type of the ontology
UNWIND $rows AS r
MATCH (a:CI {ci_id: r.s})-[x:TYPE]->(b:CI {ci_id: r.t})
SET x += r.p
RETURN count(x) AS written
