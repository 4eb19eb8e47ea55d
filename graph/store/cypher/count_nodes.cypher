// count_nodes: whether a database holds anything but marks of migrations (an opening cut short leaves those alone).
// in   -
// out  found: INTEGER (0 or 1)
MATCH (n)
WHERE NOT n:Migration
WITH n LIMIT 1
RETURN count(n) AS found
