// restore_there: whether a backup was begun to be restored here, and not ended.
// in   -
// out  store_id: STRING, revision: INTEGER (no row: no)
MATCH (s:Store {fl_key: 'restoring'})
RETURN s.store_id AS store_id, s.revision AS revision
