// record_remove: records whose creation is undone.
// in   rows: LIST OF {key}
// out  written: INTEGER
UNWIND $rows AS r
MATCH (c:Record {fl_key: r.key})
DELETE c
RETURN count(*) AS written
