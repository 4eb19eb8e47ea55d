// conflicts_undone: a run is undone, and with it what it left open.
// in   run, at: STRING
// out  -
MATCH (c:Conflict {run: $run})
WHERE c.state = 'open'
SET c.state = 'vanished', c.vanished_at = $at
