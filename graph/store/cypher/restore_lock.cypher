// restore_lock: takes the write lock of a restoring, and reads how far it is.
// in   token: STRING (any new text)
// out  revision, nums, gone: INTEGER
MATCH (s:Store {fl_key: 'restoring'})
SET s.token = $token
RETURN s.revision AS revision, s.nums AS nums, s.gone AS gone
