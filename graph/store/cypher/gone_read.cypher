// gone_read: the last revision of things that were removed.
// in   keys: LIST OF STRING
// out  key: STRING, rev: INTEGER
UNWIND $keys AS k
MATCH (g:Gone {fl_key: k})
RETURN k AS key, g.fl_rev AS rev
