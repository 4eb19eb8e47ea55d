// conflicts_of_scope: all conflicts that were met in a scope.
// in   scope: STRING
// out  key, kind, scope, ci_id, state, first_seen, run: STRING, runs: LIST OF STRING
MATCH (c:Conflict {scope: $scope})
RETURN c.fl_key AS key, c.kind AS kind, c.scope AS scope, c.ci_id AS ci_id, c.state AS state,
       c.first_seen AS first_seen, c.run AS run, c.runs AS runs
