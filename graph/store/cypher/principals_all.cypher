// principals_all: all principals there ever were, by name.
// in   -
// out  principal, name, at: STRING, roles: LIST OF STRING, scopes: BYTES, disabled, deleted: BOOLEAN, origins: LIST OF STRING
MATCH (p:Principal)
RETURN p.fl_key AS principal, p.name AS name, p.at AS at, p.roles AS roles, p.scopes AS scopes,
       p.disabled AS disabled, p.deleted AS deleted, p.origins AS origins
ORDER BY name
