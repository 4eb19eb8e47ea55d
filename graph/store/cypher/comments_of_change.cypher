// comments_of_change: the comments on a change, under the write lock.
// in   kind: STRING, change: STRING
// out  key: STRING
MATCH (c:Record {fl_kind: $kind})
WHERE c.change_id = $change
RETURN c.fl_key AS key
ORDER BY key
