// watched_create: how a change stands, if nobody has said so yet.
// in   key, mark: STRING, body: BYTES, told: STRING ('': never)
// out  key: STRING (no row: somebody else was faster)
MERGE (w:Watched {fl_key: $key})
SET w.looks = coalesce(w.looks, 0) + 1
WITH w
WHERE coalesce(w.mark, $mark) = $mark
SET w.mark = $mark, w.body = $body, w.told = $told
RETURN w.fl_key AS key
