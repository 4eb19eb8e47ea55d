// notice_done: a notice is sent, or given up; it is kept for a while, and never due again.
// in   key, at, error: STRING (or null: it is sent)
// out  -
MATCH (n:Notice {fl_key: $key})
SET n.done = $at, n.due = null, n.error = $error
