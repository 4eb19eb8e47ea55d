// ci_exists: which of these CIs are there, and of which class.
// in   keys: LIST OF STRING
// out  key: STRING, ci_class: STRING, status: STRING
UNWIND $keys AS k
MATCH (c:CI {ci_id: k})
RETURN k AS key, c.ci_class AS ci_class, c.status AS status
