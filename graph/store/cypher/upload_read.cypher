// upload_read: one import in parts.
// in   run: STRING
// out  run, source, actor, status, touched_at: STRING, size: INTEGER (bytes of all parts), options, report: BYTES,
//      silent: INTEGER (milliseconds since somebody said that it is being applied)
MATCH (u:Upload {fl_key: $run})
RETURN u.fl_key AS run, u.source AS source, u.actor AS actor, u.status AS status, u.touched_at AS touched_at,
       u.size AS size, u.options AS options, u.report AS report,
       timestamp() - coalesce(u.alive_at, 0) AS silent
