// write_commit: appends a commit to the log and moves the log's end to it.
// in   first, last: INTEGER, at, actor, source, change, run, marker, previous, hash: STRING, entries: BYTES,
//      nums: INTEGER, gone: INTEGER
// out  -
MATCH (s:Store {fl_key: 'store'})
CREATE (:Commit {first: $first, last: $last, at: $at, actor: $actor, source: $source, change: $change, run: $run,
                 marker: $marker, previous: $previous, hash: $hash, entries: $entries})
SET s.revision = $last, s.head = $hash, s.at = $at, s.nums = $nums, s.gone = $gone
