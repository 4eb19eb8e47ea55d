// run_cancel: an import run that somebody has stopped; what it has not put into the graph yet is not awaited.
// in   run: STRING
// out  -
MATCH (r:Run {fl_key: $run, status: 'running'})
SET r.status = 'cancelled'
REMOVE r.staged
