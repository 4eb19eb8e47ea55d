// kept_conflicts: conflicts as they are, a page at a time, for a backup.
// in   after: STRING (a key), limit: INTEGER
// out  key: STRING, p: MAP
MATCH (n:Conflict)
WHERE n.fl_key > $after
RETURN n.fl_key AS key, properties(n) AS p
ORDER BY key
LIMIT $limit
