// preference_write: how somebody wishes to be told; without a language in that of before.
// in   key, mail, language: STRING
// out  -
MERGE (p:Preference {fl_key: $key})
SET p.mail = $mail, p.language = coalesce($language, p.language)
