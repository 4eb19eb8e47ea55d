// upload_alive: an import in parts is being applied, or whoever did has stopped; by the clock of the database.
// in   run: STRING, going: BOOLEAN
// out  -
MATCH (u:Upload {fl_key: $run})
SET u.alive_at = CASE WHEN $going THEN timestamp() ELSE 0 END
