// restore_end: a backup is wholly there: from now on the database is this register.
// in   digest: STRING
// out  ended: INTEGER (0: it was so already)
MATCH (s:Store {fl_key: 'restoring', digest: $digest})
SET s.fl_key = 'store'
REMOVE s.digest
RETURN count(s) AS ended
