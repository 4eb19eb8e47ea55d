// notice_write: a notice that is to be sent; the same key twice is one.
// in   key, at, kind, body: STRING
// out  -
MERGE (n:Notice {fl_key: $key})
ON CREATE SET n.at = $at, n.due = $at, n.kind = $kind, n.body = $body, n.tries = 0
