// gone_forget: things that are there again.
// in   keys: LIST OF STRING
// out  forgotten: INTEGER
UNWIND $keys AS k
MATCH (g:Gone {fl_key: k})
DELETE g
RETURN count(*) AS forgotten
