// conflicts_of_run: conflicts that a run met last and that are met still, with all runs that met them one after the other.
// in   run: STRING
// out  key, state: STRING, runs: LIST OF STRING
MATCH (c:Conflict {run: $run})
WHERE c.state <> 'vanished'
RETURN c.fl_key AS key, c.state AS state, c.runs AS runs
