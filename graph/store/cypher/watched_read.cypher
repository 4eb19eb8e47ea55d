// watched_read: how some changes stood when they were looked at last.
// in   keys: LIST<STRING>
// out  key, mark: STRING, body: BYTES
UNWIND $keys AS key
MATCH (w:Watched {fl_key: key})
WHERE w.body IS NOT NULL
RETURN w.fl_key AS key, w.mark AS mark, w.body AS body
ORDER BY key
