// session_read: a session, the token it was begun with, and whose it is; what is not there is null.
// in   id: STRING
// out  id, mac, ends_at, token, found_token, expires_at, revoked_at, principal, name, at: STRING, roles: LIST OF STRING, scopes: BYTES, disabled, deleted: BOOLEAN
MATCH (s:Session {fl_key: $id})
OPTIONAL MATCH (t:Token {fl_key: s.token})
OPTIONAL MATCH (p:Principal {fl_key: s.principal})
RETURN s.fl_key AS id, s.mac AS mac, s.ends_at AS ends_at, s.token AS token, t.fl_key AS found_token,
       t.expires_at AS expires_at, t.revoked_at AS revoked_at, p.fl_key AS principal, p.name AS name, p.at AS at,
       p.roles AS roles, p.scopes AS scopes, p.disabled AS disabled, p.deleted AS deleted
