// session_write: a person has signed in; with the administrator's token from a file there is no principal.
// in   id, mac, at, ends_at: STRING, token, principal: STRING (empty: none)
// out  -
MERGE (s:Session {fl_key: $id})
SET s.mac = $mac, s.at = $at, s.ends_at = $ends_at, s.token = $token, s.principal = $principal
