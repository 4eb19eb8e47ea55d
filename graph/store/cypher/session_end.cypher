// session_end: a person has signed out.
// in   id: STRING
// out  -
MATCH (s:Session {fl_key: $id})
DELETE s
