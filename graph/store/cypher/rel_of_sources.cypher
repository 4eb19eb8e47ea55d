// rel_of_sources: all relationships of some types that start at these CIs.
// in   keys, types: LIST OF STRING
// out  s, type, t: STRING, p: MAP
UNWIND $keys AS k
MATCH (a:CI {ci_id: k})-[r]->(b:CI)
WHERE type(r) IN $types
RETURN k AS s, type(r) AS type, b.ci_id AS t, properties(r) AS p
