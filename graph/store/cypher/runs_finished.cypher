// runs_finished: those of some import runs that came to their end and are not undone.
// in   runs: LIST OF STRING
// out  run: STRING
UNWIND $runs AS k
MATCH (r:Run {fl_key: k})
WHERE r.status = 'finished'
RETURN r.fl_key AS run
