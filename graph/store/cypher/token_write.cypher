// token_write: a new token; of its secret only a code that the secret cannot be had from.
// in   id, principal, mac, at: STRING, expires_at: STRING (or null: never)
// out  -
MERGE (t:Token {fl_key: $id})
SET t.principal = $principal, t.mac = $mac, t.at = $at, t.expires_at = $expires_at
