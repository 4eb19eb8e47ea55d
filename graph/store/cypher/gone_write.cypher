// gone_write: remembers the last revision of things now removed.
// in   rows: LIST OF {key, rev}
// out  -
UNWIND $rows AS r
MERGE (g:Gone {fl_key: r.key})
SET g.fl_rev = r.rev
