// watched_news: changes of which something was told after a moment.
// in   after: STRING
// out  key, mark: STRING, body: BYTES
MATCH (w:Watched)
WHERE w.told > $after
RETURN w.fl_key AS key, w.mark AS mark, w.body AS body
ORDER BY w.told
