// principal_any: the end of the log, and a principal if there has ever been one.
// in   -
// out  store_id: STRING, revision: INTEGER, principal: STRING
MATCH (s:Store {fl_key: 'store'})
OPTIONAL MATCH (p:Principal)
RETURN s.store_id AS store_id, s.revision AS revision, p.fl_key AS principal
LIMIT 1
