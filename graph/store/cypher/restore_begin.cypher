// restore_begin: the node under which a backup is written; while it has this key nobody opens the database.
// in   digest, store_id, head: STRING, format: INTEGER
// out  digest: STRING (of the backup whose restoring was begun first), revision: INTEGER (up to which it is there)
MERGE (s:Store {fl_key: 'restoring'})
ON CREATE SET s.digest = $digest, s.store_id = $store_id, s.format = $format, s.revision = 0, s.head = $head, s.at = '',
              s.nums = 0, s.gone = 0
RETURN s.digest AS digest, s.revision AS revision
