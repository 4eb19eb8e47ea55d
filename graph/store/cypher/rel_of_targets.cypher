// rel_of_targets: all relationships of some types that end at these CIs. It starts there: ArcadeDB goes from left to right, and would else look at every CI.
// in   keys, types: LIST OF STRING
// out  s, type, t: STRING, p: MAP
UNWIND $keys AS k
MATCH (b:CI {ci_id: k})
MATCH (b)<-[r]-(a:CI)
WHERE type(r) IN $types
RETURN a.ci_id AS s, type(r) AS type, k AS t, properties(r) AS p
