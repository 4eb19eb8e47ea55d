// preferences_read: how some people wish to be told; no row: as everybody.
// in   keys: LIST<STRING>
// out  key, mail: STRING
UNWIND $keys AS key
MATCH (p:Preference {fl_key: key})
RETURN p.fl_key AS key, p.mail AS mail
ORDER BY key
