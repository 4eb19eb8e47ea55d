// owners_listed: which CIs relationships of one type lead to, as columns.
// in   above, upto: INTEGER (numbers of the CIs where they start)
// out  ci_id, owner: LIST OF STRING
// template: TYPE is a relationship type of the ontology
UNWIND range($above + 1, $upto) AS num
MATCH (c:CI {fl_num: num})-[:TYPE]->(o:CI)
RETURN collect(c.ci_id) AS ci_id, collect(o.ci_id) AS owner
