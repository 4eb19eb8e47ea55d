// rel_all: every relationship of some types of the CIs with these numbers.
// in   types: LIST OF STRING, above, upto: INTEGER (numbers of sources)
// out  s, type, t: STRING, p: MAP
UNWIND range($above + 1, $upto) AS num
MATCH (a:CI {fl_num: num})-[r]->(b:CI)
WHERE type(r) IN $types
RETURN a.ci_id AS s, type(r) AS type, b.ci_id AS t, properties(r) AS p
