// read_store: what this database says of itself.
// in   -
// out  store_id: STRING, format: INTEGER, revision: INTEGER, head: STRING, at: STRING
MATCH (s:Store {fl_key: 'store'})
RETURN s.store_id AS store_id, s.format AS format, s.revision AS revision, s.head AS head, s.at AS at
