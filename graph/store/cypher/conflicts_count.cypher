// conflicts_count: how many conflicts there are in some states.
// in   states: LIST OF STRING
// out  found: INTEGER
MATCH (c:Conflict)
WHERE c.state IN $states
RETURN count(c) AS found
