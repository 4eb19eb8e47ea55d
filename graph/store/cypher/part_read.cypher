// part_read: one part of an import.
// in   key: STRING (run:sequence)
// out  digest: STRING, rows: BYTES
MATCH (p:Part {fl_key: $key})
RETURN p.digest AS digest, p.rows AS rows
