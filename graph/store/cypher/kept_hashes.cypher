// kept_hashes: hashes of the graph that are kept, a page at a time, for a backup.
// in   after: INTEGER (a revision; -1 for the first page), limit: INTEGER
// out  key: INTEGER, p: MAP
MATCH (n:GraphHash)
WHERE n.revision > $after
RETURN n.revision AS key, properties(n) AS p
ORDER BY key
LIMIT $limit
