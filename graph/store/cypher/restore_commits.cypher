// restore_commits: commits of a backup as they were, and how far the restoring is with them.
// in   rows: LIST OF MAP (write_commit), last, nums, gone: INTEGER, head, at: STRING
// out  written: INTEGER
MATCH (s:Store {fl_key: 'restoring'})
SET s.revision = $last, s.head = $head, s.at = $at, s.nums = $nums, s.gone = $gone
WITH s
UNWIND $rows AS r
CREATE (c:Commit {first: r.first, last: r.last, at: r.at, actor: r.actor, source: r.source, change: r.change, run: r.run,
                  marker: r.marker, previous: r.previous, hash: r.hash, entries: r.entries})
RETURN count(c) AS written
