// rel_all: every relationship of some types of the CIs with these numbers.
// in   types: LIST OF STRING, above, upto: INTEGER (numbers of sources)
// out  s, type, t: STRING, p: MAP
MATCH (a:CI)-[r]->(b:CI)
WHERE a.fl_num > $above AND a.fl_num <= $upto AND type(r) IN $types
RETURN a.ci_id AS s, type(r) AS type, b.ci_id AS t, properties(r) AS p
