// run_resume: an import run that has not come to its end goes on.
// in   run: STRING, staged: BYTES
// out  -
MATCH (r:Run {fl_key: $run})
WHERE r.status IN ['running', 'cancelled']
SET r.status = 'running', r.staged = $staged, r.alive_at = timestamp()
