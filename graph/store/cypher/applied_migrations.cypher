// applied_migrations: the migrations this database has had.
// in   -
// out  name: STRING, checksum: STRING
MATCH (m:Migration)
RETURN m.fl_key AS name, m.checksum AS checksum
ORDER BY name
