// sessions_forget: sessions that have ended by themselves are no longer kept.
// in   at: STRING
// out  -
MATCH (s:Session)
WHERE s.ends_at < $at
DELETE s
