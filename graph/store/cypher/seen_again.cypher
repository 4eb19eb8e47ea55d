// seen_again: batches that an earlier run of the scope saw, seen again unchanged.
// in   rows: LIST OF {old: STRING, key: STRING, seq: INTEGER}, run, at: STRING, revision: INTEGER
// out  -
UNWIND $rows AS row
MATCH (o:Seen {fl_key: row.old})
MERGE (s:Seen {fl_key: row.key})
SET s.run = $run, s.scope = o.scope, s.digest = o.digest, s.at = $at, s.seq = row.seq, s.revision = $revision,
    s.keys = o.keys
