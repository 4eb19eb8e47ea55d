// conflicts_again: the input of a run was met again, and with it the conflicts that it met last.
// in   run, at: STRING
// out  -
MATCH (c:Conflict {run: $run})
WHERE c.state <> 'vanished'
SET c.last_seen = $at
