// scope_read: scopes, each with the runs that assert what is in it.
// in   -
// out  scope, source, at: STRING, runs, previous: LIST OF STRING, missing: BYTES
MATCH (s:Scope)
RETURN s.fl_key AS scope, s.source AS source, s.at AS at, s.runs AS runs, s.previous AS previous, s.missing AS missing
ORDER BY scope
