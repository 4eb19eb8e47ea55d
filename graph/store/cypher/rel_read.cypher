// rel_read: relationships of one type by their ends.
// in   keys: LIST OF {s: STRING, t: MAP (each target wanted, true)}
// out  s, t: STRING, p: MAP
// template: TYPE is a relationship type of the ontology
// looked up in a map, the targets are no way in for a planner: from a hub it would walk all that rests on it
UNWIND $keys AS k
MATCH (a:CI {ci_id: k.s})-[r:TYPE]->(b:CI)
WHERE k.t[b.ci_id] IS NOT NULL
RETURN k.s AS s, b.ci_id AS t, properties(r) AS p
