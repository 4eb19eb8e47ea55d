// lease_take: work that one process does at a time is mine until a moment, if it is nobody else's; how far it is.
// in   key, holder, now, until: STRING, seen: INTEGER (or null: as far as it was)
// out  seen: INTEGER (no row: it is somebody else's)
MERGE (l:Lease {fl_key: $key})
SET l.looks = coalesce(l.looks, 0) + 1
WITH l
WHERE coalesce(l.holder, $holder) = $holder OR l.until <= $now
SET l.holder = $holder, l.until = $until, l.seen = coalesce($seen, l.seen, 0)
RETURN l.seen AS seen
