// rel_read: relationships of one type by their ends.
// in   keys: LIST OF {s: STRING, t: STRING}
// out  s, t: STRING, p: MAP
// template: TYPE is a relationship type of the ontology
// DISTINCT makes both ends be found first: from one end alone Neo4j walks all relationships of a hub for every key
UNWIND $keys AS k
MATCH (a:CI {ci_id: k.s})
MATCH (b:CI {ci_id: k.t})
WITH DISTINCT k, a, b
MATCH (a)-[r:TYPE]->(b)
RETURN k.s AS s, k.t AS t, properties(r) AS p
