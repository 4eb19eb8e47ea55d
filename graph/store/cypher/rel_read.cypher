// rel_read: relationships of one type by their ends.
// in   keys: LIST OF {s: STRING, t: STRING}
// out  s, t: STRING, p: MAP
// template: TYPE is a relationship type of the ontology
UNWIND $keys AS k
MATCH (a:CI {ci_id: k.s})-[r:TYPE]->(b:CI {ci_id: k.t})
RETURN k.s AS s, k.t AS t, properties(r) AS p
