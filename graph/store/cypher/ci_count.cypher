// ci_count: how many CIs there are, retired ones included.
// in   -
// out  found: INTEGER
MATCH (c:CI)
RETURN count(c) AS found
