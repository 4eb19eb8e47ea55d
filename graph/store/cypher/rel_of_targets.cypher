// rel_of_targets: all relationships of one type that end at these CIs.
// in   keys: LIST OF STRING
// out  s, t: STRING, p: MAP
// template: TYPE is a relationship type of the ontology
UNWIND $keys AS k
MATCH (a:CI)-[r:TYPE]->(b:CI {ci_id: k})
RETURN a.ci_id AS s, k AS t, properties(r) AS p
