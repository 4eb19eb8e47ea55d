// runs_abandon: unfinished runs of a scope end when another run of it is through.
// in   scope, run: STRING (the run that goes on)
// out  -
MATCH (r:Run {status: 'running'})
WHERE $scope IN r.scopes AND r.fl_key <> $run
SET r.status = 'abandoned'
REMOVE r.staged
