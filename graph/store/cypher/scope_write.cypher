// scope_write: what a scope rests on after a run.
// in   scope, source, at: STRING, runs, previous: LIST OF STRING, missing: BYTES
// out  -
MERGE (s:Scope {fl_key: $scope})
SET s.source = $source, s.at = $at, s.runs = $runs, s.previous = $previous, s.missing = $missing
