// runs_page: import runs that began before a moment, or at it with a smaller id, the newest first.
// in   before, run: STRING, limit: INTEGER
// out  run, source, actor, status, started_at, finished_at: STRING, scopes: LIST OF STRING, full: BOOLEAN, report: BYTES,
//      silent: INTEGER (milliseconds since somebody said that it goes on)
MATCH (r:Run)
WHERE r.started_at < $before OR (r.started_at = $before AND r.fl_key < $run)
RETURN r.fl_key AS run, r.source AS source, r.actor AS actor, r.status AS status, r.started_at AS started_at,
       r.finished_at AS finished_at, r.scopes AS scopes, r.full AS full, r.report AS report,
       timestamp() - coalesce(r.alive_at, 0) AS silent
ORDER BY started_at DESC, run DESC
LIMIT $limit
