// rel_all: every relationship of one type of the CIs with these numbers.
// in   above, upto: INTEGER (numbers of sources)
// out  s, t: STRING, p: MAP
// template: TYPE is a relationship type of the ontology
MATCH (a:CI)-[r:TYPE]->(b:CI)
WHERE a.fl_num > $above AND a.fl_num <= $upto
RETURN a.ci_id AS s, b.ci_id AS t, properties(r) AS p
