// tokens_all: all tokens, in the order in which they were made.
// in   -
// out  id, principal, at, expires_at, revoked_at, used_at: STRING
MATCH (t:Token)
RETURN t.fl_key AS id, t.principal AS principal, t.at AS at, t.expires_at AS expires_at, t.revoked_at AS revoked_at,
       t.used_at AS used_at
ORDER BY at, id
