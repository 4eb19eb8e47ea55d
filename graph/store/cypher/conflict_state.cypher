// conflict_state: where conflicts stand from now on.
// in   keys: LIST OF STRING, state: STRING, at: STRING (since when they are not met any more, or null)
// out  -
UNWIND $keys AS k
MATCH (c:Conflict {fl_key: k})
SET c.state = $state, c.vanished_at = $at
