// comments_of_change: the comments on a change, under the write lock; found by the change, of which there are few records.
// in   kind: STRING, change: STRING
// out  key: STRING
MATCH (c:Record {change_id: $change})
WHERE c.fl_kind = $kind
RETURN c.fl_key AS key
ORDER BY key
