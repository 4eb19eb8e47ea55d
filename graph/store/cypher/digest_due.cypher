// digest_due: notices of a channel that are due to an address, the first one first.
// in   now, channel, to: STRING, limit: INTEGER
// out  key, at, body, to: STRING, tries: INTEGER
MATCH (n:Notice)
WHERE n.due <= $now AND n.channel = $channel AND n.to = $to
RETURN n.fl_key AS key, n.at AS at, n.body AS body, n.to AS to, n.tries AS tries
ORDER BY at, key
LIMIT $limit
