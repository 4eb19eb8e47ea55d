// ci_read: CIs by id.
// in   keys: LIST OF STRING
// out  key: STRING, p: MAP (all properties)
UNWIND $keys AS k
MATCH (c:CI {ci_id: k})
RETURN k AS key, properties(c) AS p
