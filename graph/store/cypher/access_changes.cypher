// access_changes: what was changed last about who may come in, newest first.
// in   limit: INTEGER
// out  at, actor, action, principal, name, token: STRING, detail: BYTES
MATCH (a:AccessChange)
RETURN a.at AS at, a.actor AS actor, a.action AS action, a.principal AS principal, a.name AS name, a.token AS token,
       a.detail AS detail
ORDER BY at DESC, a.fl_key DESC
LIMIT $limit
