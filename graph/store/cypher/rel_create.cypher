// rel_create: relationships of one type that were not there.
// in   rows: LIST OF {s, t, p: MAP}
// out  written: INTEGER
// template: TYPE is a relationship type of the ontology, PROPERTIES as in ci_create
UNWIND $rows AS r
MATCH (a:CI {ci_id: r.s})
MATCH (b:CI {ci_id: r.t})
CREATE (a)-[x:TYPE {PROPERTIES}]->(b)
RETURN count(x) AS written
