// digest_addresses: to whom notices of a channel are due that are gathered by address, the first one first.
// in   now, channel: STRING, limit: INTEGER
// out  to, first: STRING
MATCH (n:Notice)
WHERE n.due <= $now AND n.channel = $channel
RETURN n.to AS to, min(n.at) AS first
ORDER BY first, to
LIMIT $limit
