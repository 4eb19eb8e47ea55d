// record_create: records that were not there.
// in   rows: LIST OF {key, p: MAP}
// out  written: INTEGER
UNWIND $rows AS r
CREATE (c:Record {fl_key: r.key})
SET c += r.p
RETURN count(c) AS written
