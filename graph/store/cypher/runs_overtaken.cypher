// runs_overtaken: cancelled runs of a scope do not go on once another run of it is through.
// in   scope, run: STRING (the run that is through)
// out  -
MATCH (r:Run {status: 'cancelled'})
WHERE $scope IN r.scopes AND r.fl_key <> $run
REMOVE r.digest
