// lease_read: how far some work is that somebody has the turn for.
// in   key, now: STRING
// out  seen: INTEGER (no row: nobody does it)
MATCH (l:Lease {fl_key: $key})
WHERE l.until > $now
RETURN l.seen AS seen
