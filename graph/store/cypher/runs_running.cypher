// runs_running: import runs that have begun and not ended.
// in   -
// out  run: STRING, staged: BYTES
MATCH (r:Run {status: 'running'})
RETURN r.fl_key AS run, r.staged AS staged
ORDER BY run
