// parts_of: which parts of an import are there, in their order.
// in   run: STRING
// out  sequence, count: INTEGER
MATCH (p:Part {run: $run})
RETURN p.sequence AS sequence, p.count AS count
ORDER BY sequence
