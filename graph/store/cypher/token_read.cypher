// token_read: a token and whose it is; no row where either is not there.
// in   id: STRING
// out  id, mac, ends_at, revoked_at, used_at, principal, name, at: STRING, roles: LIST OF STRING, scopes: BYTES, disabled, deleted: BOOLEAN
MATCH (t:Token {fl_key: $id})
MATCH (p:Principal {fl_key: t.principal})
RETURN t.fl_key AS id, t.mac AS mac, t.expires_at AS ends_at, t.revoked_at AS revoked_at, t.used_at AS used_at,
       p.fl_key AS principal, p.name AS name, p.at AS at, p.roles AS roles, p.scopes AS scopes,
       p.disabled AS disabled, p.deleted AS deleted
