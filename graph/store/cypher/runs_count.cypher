// runs_count: how many import runs there were.
// in   -
// out  found: INTEGER
MATCH (r:Run)
RETURN count(r) AS found
