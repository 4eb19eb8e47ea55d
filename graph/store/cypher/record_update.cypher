// record_update: records get exactly these properties beside their key.
// in   rows: LIST OF {key, p: MAP (null removes)}
// out  written: INTEGER
UNWIND $rows AS r
MATCH (c:Record {fl_key: r.key})
SET c += r.p
RETURN count(c) AS written
