// lock_store: takes the one write lock of the log and reads its end; the first statement of every write.
// in   token: STRING (any new text: writing it is what takes the lock)
// out  store_id: STRING, revision: INTEGER (the last), head: STRING (hash of the last commit),
//      nums: INTEGER (numbers given to CIs so far), gone: INTEGER (removed things remembered), at: STRING (time of the last commit)
MATCH (s:Store {fl_key: 'store'})
SET s.token = $token
RETURN s.store_id AS store_id, s.revision AS revision, s.head AS head, s.nums AS nums, s.gone AS gone, s.at AS at
