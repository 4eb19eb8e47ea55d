// preference_write: how somebody wishes to be told.
// in   key, mail: STRING
// out  -
MERGE (p:Preference {fl_key: $key})
SET p.mail = $mail
