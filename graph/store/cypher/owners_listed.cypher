// owners_listed: which CIs relationships of one type lead to, as columns.
// in   TYPE: the relationship type, above, upto: INTEGER (numbers of the CIs where they start)
// out  ci_id, owner: LIST OF STRING
MATCH (c:CI)-[:TYPE]->(o:CI)
WHERE c.fl_num > $above AND c.fl_num <= $upto
RETURN collect(c.ci_id) AS ci_id, collect(o.ci_id) AS owner
