// seen_forget: batches of runs that no scope rests on any more.
// in   run, scope: STRING
// out  -
MATCH (s:Seen {run: $run})
WHERE s.scope = $scope
DELETE s
