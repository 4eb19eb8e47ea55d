// seen_digests: the batches that a run saw.
// in   run: STRING
// out  key, scope, digest: STRING, seq, revision: INTEGER
MATCH (s:Seen {run: $run})
RETURN s.fl_key AS key, s.scope AS scope, s.digest AS digest, s.seq AS seq, s.revision AS revision
ORDER BY seq
