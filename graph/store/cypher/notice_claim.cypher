// notice_claim: takes a notice that is due, written before it is looked at: whoever comes second waits, and goes without.
// in   key, now, until: STRING
// out  key: STRING (no row: another process has it, or has sent it)
MATCH (n:Notice {fl_key: $key})
SET n.tries = n.tries + 1
WITH n
WHERE n.due <= $now
SET n.due = $until
RETURN n.fl_key AS key
