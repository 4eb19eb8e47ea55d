// notices_forget: removes notices that were sent or given up before a moment.
// in   before: STRING
// out  -
MATCH (n:Notice)
WHERE n.done < $before
DELETE n
