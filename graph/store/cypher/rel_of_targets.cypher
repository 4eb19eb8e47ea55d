// rel_of_targets: all relationships of some types that end at these CIs.
// in   keys, types: LIST OF STRING
// out  s, type, t: STRING, p: MAP
UNWIND $keys AS k
MATCH (a:CI)-[r]->(b:CI {ci_id: k})
WHERE type(r) IN $types
RETURN a.ci_id AS s, type(r) AS type, k AS t, properties(r) AS p
