// notice_write: a notice that is to be sent by a channel, from a moment on; the same key twice is one.
// in   key, at, due, kind, channel, body: STRING, to: STRING (or null: where the channel leads)
// out  -
MERGE (n:Notice {fl_key: $key})
ON CREATE SET n.at = $at, n.due = $due, n.kind = $kind, n.channel = $channel, n.to = $to, n.body = $body, n.tries = 0
