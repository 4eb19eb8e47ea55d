// record_kinds: the tables that have records.
// in   -
// out  kind: STRING
MATCH (c:Record)
RETURN DISTINCT c.fl_kind AS kind
