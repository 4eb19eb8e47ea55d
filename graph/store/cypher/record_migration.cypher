// record_migration: a migration is done.
// in   name: STRING, checksum: STRING, at: STRING
// out  -
MERGE (m:Migration {fl_key: $name})
SET m.checksum = $checksum, m.at = $at
