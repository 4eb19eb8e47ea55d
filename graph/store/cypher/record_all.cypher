// record_all: every record of a table.
// in   kind: STRING
// out  key: STRING, p: MAP
MATCH (c:Record {fl_kind: $kind})
RETURN c.fl_key AS key, properties(c) AS p
ORDER BY key
