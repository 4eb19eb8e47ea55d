// token_read: tokens and whose they are, each with the end of the log; what is not there is null.
// in   ids: LIST OF STRING
// out  store_id, id, mac, ends_at, revoked_at, used_at, principal, name, at: STRING, roles: LIST OF STRING, scopes: BYTES, disabled, deleted: BOOLEAN, origins: LIST OF STRING, revision: INTEGER
MATCH (s:Store {fl_key: 'store'})
UNWIND $ids AS k
OPTIONAL MATCH (t:Token {fl_key: k})
OPTIONAL MATCH (p:Principal {fl_key: t.principal})
RETURN s.store_id AS store_id, k AS id, t.mac AS mac, t.expires_at AS ends_at, t.revoked_at AS revoked_at,
       t.used_at AS used_at, p.fl_key AS principal, p.name AS name, p.at AS at, p.roles AS roles, p.scopes AS scopes,
       p.disabled AS disabled, p.deleted AS deleted, p.origins AS origins, s.revision AS revision
