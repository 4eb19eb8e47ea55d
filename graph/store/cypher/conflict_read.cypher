// conflict_read: one conflict.
// in   key: STRING
// out  as conflicts_page
MATCH (c:Conflict {fl_key: $key})
RETURN c.fl_key AS key, c.kind AS kind, c.scope AS scope, c.ci_id AS ci_id, c.file AS file, c.line AS line,
       c.state AS state, c.source AS source, c.run AS run, c.first_seen AS first_seen, c.last_seen AS last_seen,
       c.vanished_at AS vanished_at, c.body AS body
