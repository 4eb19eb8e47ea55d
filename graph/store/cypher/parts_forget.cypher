// parts_forget: lets go of some parts of an import.
// in   run: STRING, limit: INTEGER
// out  forgotten: INTEGER
MATCH (p:Part {run: $run})
WITH p LIMIT $limit
DELETE p
RETURN count(*) AS forgotten
