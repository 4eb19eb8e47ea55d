// notices_due: notices that are due at a moment, the first one first; what is sent or given up is never due.
// in   now: STRING, limit: INTEGER
// out  key, at, body: STRING, tries: INTEGER
MATCH (n:Notice)
WHERE n.due <= $now
RETURN n.fl_key AS key, n.at AS at, n.body AS body, n.tries AS tries
ORDER BY at, key
LIMIT $limit
