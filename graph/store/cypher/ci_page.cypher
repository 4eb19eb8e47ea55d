// ci_page: CIs after an id, in the order of ids.
// in   after: STRING (empty for the first page), limit: INTEGER
// out  key: STRING, p: MAP
MATCH (c:CI)
WHERE c.ci_id > $after
RETURN c.ci_id AS key, properties(c) AS p
ORDER BY key
LIMIT $limit
