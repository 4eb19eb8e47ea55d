// ci_rows: what the topology needs of CIs, as columns.
// in   above, upto: INTEGER (numbers)
// out  num: LIST OF INTEGER, ci_id, ci_class, name, status, criticality: LIST OF STRING (empty where unknown)
UNWIND range($above + 1, $upto) AS num
MATCH (c:CI {fl_num: num})
RETURN collect(c.fl_num) AS num, collect(c.ci_id) AS ci_id, collect(c.ci_class) AS ci_class, collect(c.name) AS name,
       collect(coalesce(c.status, '')) AS status, collect(coalesce(c.criticality, '')) AS criticality
