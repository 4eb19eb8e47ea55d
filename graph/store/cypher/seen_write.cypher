// seen_write: what a batch of a run saw, so that a full run can tell what is missing.
// in   key, run, scope, digest, at: STRING, seq, revision: INTEGER, keys: BYTES
// out  -
MERGE (s:Seen {fl_key: $key})
SET s.run = $run, s.scope = $scope, s.digest = $digest, s.at = $at, s.seq = $seq, s.revision = $revision, s.keys = $keys
