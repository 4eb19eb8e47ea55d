// notice_later: a notice that was not taken is tried again at a moment.
// in   key, due, error: STRING
// out  -
MATCH (n:Notice {fl_key: $key})
SET n.due = $due, n.error = $error
