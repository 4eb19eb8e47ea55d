// uploads_old: imports in parts that nobody went on with since a moment.
// in   before: STRING, limit: INTEGER
// out  run: STRING
MATCH (u:Upload)
WHERE u.touched_at < $before
RETURN u.fl_key AS run
LIMIT $limit
