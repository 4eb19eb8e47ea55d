// seen_keys: what one batch saw.
// in   key: STRING
// out  keys: BYTES
MATCH (s:Seen {fl_key: $key})
RETURN s.keys AS keys
