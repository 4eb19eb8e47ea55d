// record_create: records that were not there.
// in   rows: LIST OF {key, p: MAP}
// out  written: INTEGER
// template: PROPERTIES as in ci_create
UNWIND $rows AS r
CREATE (c:Record {fl_key: r.key, PROPERTIES})
RETURN count(c) AS written
