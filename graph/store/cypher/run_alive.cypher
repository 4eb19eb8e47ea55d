// run_alive: a run is carried out, or whoever did has stopped; by the clock of the database.
// in   run: STRING, going: BOOLEAN
// out  -
MATCH (r:Run {fl_key: $run})
WHERE r.status = 'running'
SET r.alive_at = CASE WHEN $going THEN timestamp() ELSE 0 END
