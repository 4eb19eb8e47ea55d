// ci_all: every CI, a page at a time in the order of the numbers it was given.
// in   after: INTEGER (a number), limit: INTEGER
// out  num: INTEGER, key: STRING, p: MAP
MATCH (c:CI)
WHERE c.fl_num > $after
RETURN c.fl_num AS num, c.ci_id AS key, properties(c) AS p
ORDER BY num
LIMIT $limit
