// ci_listed: what CIs are listed by, as columns, retired ones too.
// in   above, upto: INTEGER (numbers)
// out  ci_id, ci_class, name, status: LIST OF STRING (status empty where unknown), revision: LIST OF INTEGER
UNWIND range($above + 1, $upto) AS num
MATCH (c:CI {fl_num: num})
RETURN collect(c.ci_id) AS ci_id, collect(c.ci_class) AS ci_class, collect(c.name) AS name,
       collect(coalesce(c.status, '')) AS status, collect(c.fl_rev) AS revision
