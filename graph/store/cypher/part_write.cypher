// part_write: keeps a part of an import.
// in   key, run, digest: STRING, sequence, count: INTEGER, rows: BYTES
// out  -
MERGE (p:Part {fl_key: $key})
SET p.run = $run, p.sequence = $sequence, p.digest = $digest, p.count = $count, p.rows = $rows
