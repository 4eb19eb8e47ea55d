// runs_all: all import runs, in the order in which they began.
// in   -
// out  run, digest, status, started_at: STRING, scopes: LIST OF STRING, full: BOOLEAN
MATCH (r:Run)
RETURN r.fl_key AS run, r.digest AS digest, r.status AS status, r.started_at AS started_at, r.scopes AS scopes,
       r.full AS full
ORDER BY started_at, run
