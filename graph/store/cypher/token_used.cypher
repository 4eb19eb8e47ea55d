// token_used: when a token was used last, near enough.
// in   id, at: STRING
// out  -
MATCH (t:Token {fl_key: $id})
SET t.used_at = $at
