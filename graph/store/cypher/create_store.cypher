// create_store: the format node, once per database.
// in   store_id: STRING, format: INTEGER, head: STRING, at: STRING
// out  -
MERGE (s:Store {fl_key: 'store'})
ON CREATE SET s.store_id = $store_id, s.format = $format, s.revision = 0, s.head = $head, s.at = $at, s.nums = 0, s.gone = 0
