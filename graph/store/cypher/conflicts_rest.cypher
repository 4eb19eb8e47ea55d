// conflicts_rest: of conflicts the last run that met them is undone, and those before it are not.
// in   rows: LIST OF {key: STRING, run: STRING, runs: LIST OF STRING}
// out  -
UNWIND $rows AS r
MATCH (c:Conflict {fl_key: r.key})
SET c.run = r.run, c.runs = r.runs
