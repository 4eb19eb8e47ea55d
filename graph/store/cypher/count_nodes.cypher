// count_nodes: whether a database holds anything.
// in   -
// out  found: INTEGER (0 or 1)
MATCH (n)
WITH n LIMIT 1
RETURN count(n) AS found
