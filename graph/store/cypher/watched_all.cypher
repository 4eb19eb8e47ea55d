// watched_all: how every change that is watched stood when it was looked at last.
// in   -
// out  key, mark: STRING, body: BYTES
MATCH (w:Watched)
WHERE w.body IS NOT NULL
RETURN w.fl_key AS key, w.mark AS mark, w.body AS body
ORDER BY key
