// run_read: one import run.
// in   run: STRING
// out  run, source, actor, digest, status, started_at, finished_at: STRING, scopes: LIST OF STRING, full: BOOLEAN, report, again: BYTES,
//      silent: INTEGER (milliseconds since somebody said that it goes on)
MATCH (r:Run {fl_key: $run})
RETURN r.fl_key AS run, r.source AS source, r.actor AS actor, r.digest AS digest, r.status AS status,
       r.started_at AS started_at, r.finished_at AS finished_at, r.scopes AS scopes, r.full AS full, r.report AS report,
       r.again AS again, timestamp() - coalesce(r.alive_at, 0) AS silent
