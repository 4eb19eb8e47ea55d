// run_status: an import run gets another status.
// in   run, status: STRING
// out  -
MATCH (r:Run {fl_key: $run})
SET r.status = $status
