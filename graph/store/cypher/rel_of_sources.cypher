// rel_of_sources: all relationships of one type that start at these CIs.
// in   keys: LIST OF STRING
// out  s, t: STRING, p: MAP
// template: TYPE is a relationship type of the ontology
UNWIND $keys AS k
MATCH (a:CI {ci_id: k})-[r:TYPE]->(b:CI)
RETURN k AS s, b.ci_id AS t, properties(r) AS p
