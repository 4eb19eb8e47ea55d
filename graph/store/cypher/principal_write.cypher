// principal_write: a principal as it is from now on.
// in   id, name, at: STRING, roles: LIST OF STRING, scopes: BYTES, disabled, deleted: BOOLEAN, origins: LIST OF STRING
// out  -
MERGE (p:Principal {fl_key: $id})
SET p.name = $name, p.at = $at, p.roles = $roles, p.scopes = $scopes, p.disabled = $disabled, p.deleted = $deleted,
    p.origins = $origins
