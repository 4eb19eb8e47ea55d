// runs_unfinished: import runs of an input that have not come to their end, and may go on.
// in   digest: STRING
// out  run: STRING
MATCH (r:Run)
WHERE r.status IN ['running', 'cancelled'] AND r.digest = $digest
RETURN r.fl_key AS run
ORDER BY run
