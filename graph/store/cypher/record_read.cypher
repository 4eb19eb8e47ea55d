// record_read: records by key.
// in   keys: LIST OF STRING (table:id)
// out  key: STRING, p: MAP
UNWIND $keys AS k
MATCH (c:Record {fl_key: k})
RETURN k AS key, properties(c) AS p
