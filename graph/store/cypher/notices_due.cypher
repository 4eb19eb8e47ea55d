// notices_due: notices of a channel that are due at a moment, the first one first; what is sent or given up is never due.
// in   now, channel: STRING, limit: INTEGER
// out  key, at, body: STRING, to: STRING (or null), tries: INTEGER
MATCH (n:Notice)
WHERE n.due <= $now AND coalesce(n.channel, 'webhook') = $channel
RETURN n.fl_key AS key, n.at AS at, n.body AS body, n.to AS to, n.tries AS tries
ORDER BY at, key
LIMIT $limit
