// token_revoke: a token is worth nothing from now on; the first time stays.
// in   id, at: STRING
// out  -
MATCH (t:Token {fl_key: $id})
SET t.revoked_at = coalesce(t.revoked_at, $at)
