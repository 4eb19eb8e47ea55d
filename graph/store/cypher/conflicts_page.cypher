// conflicts_page: conflicts in some states, those that were met last first, then by CI.
// in   states: LIST OF STRING, before, ci_id, key: STRING (where the page before it ended), limit: INTEGER
// out  key, kind, scope, ci_id, file: STRING, line: INTEGER, state, source, run, first_seen, last_seen,
//      vanished_at: STRING, body: BYTES
MATCH (c:Conflict)
WHERE c.state IN $states
  AND (c.first_seen < $before OR (c.first_seen = $before AND (c.ci_id > $ci_id OR (c.ci_id = $ci_id AND c.fl_key > $key))))
RETURN c.fl_key AS key, c.kind AS kind, c.scope AS scope, c.ci_id AS ci_id, c.file AS file, c.line AS line,
       c.state AS state, c.source AS source, c.run AS run, c.first_seen AS first_seen, c.last_seen AS last_seen,
       c.vanished_at AS vanished_at, c.body AS body
ORDER BY first_seen DESC, ci_id, key
LIMIT $limit
