// run_finish: an import run is through.
// in   run, at, status: STRING, report, again: BYTES
// out  -
MATCH (r:Run {fl_key: $run})
SET r.status = $status, r.finished_at = $at, r.report = $report, r.again = $again
REMOVE r.staged
