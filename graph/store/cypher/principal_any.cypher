// principal_any: a row if there has ever been a principal.
// in   -
// out  principal: STRING
MATCH (p:Principal)
RETURN p.fl_key AS principal
LIMIT 1
