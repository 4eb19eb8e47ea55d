// watched_write: how a change stands now, unless somebody has said so since `was` was read, who then was faster.
// in   key, was, mark: STRING, body: BYTES, told: STRING ('': never)
// out  key: STRING (no row: somebody else was faster)
MATCH (w:Watched {fl_key: $key})
SET w.looks = coalesce(w.looks, 0) + 1
WITH w
WHERE w.mark IN [$was, $mark]
SET w.mark = $mark, w.body = $body, w.told = $told
RETURN w.fl_key AS key
