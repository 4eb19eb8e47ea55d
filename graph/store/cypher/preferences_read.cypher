// preferences_read: how some people wish to be told; no row: as everybody.
// in   keys: LIST<STRING>
// out  key, mail, language: STRING
UNWIND $keys AS key
MATCH (p:Preference {fl_key: key})
RETURN p.fl_key AS key, p.mail AS mail, p.language AS language
ORDER BY key
