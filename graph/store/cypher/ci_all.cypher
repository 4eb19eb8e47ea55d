// ci_all: CIs with everything, by the numbers they were given.
// in   above, upto: INTEGER (numbers)
// out  num: INTEGER, key: STRING, p: MAP
MATCH (c:CI)
WHERE c.fl_num > $above AND c.fl_num <= $upto
RETURN c.fl_num AS num, c.ci_id AS key, properties(c) AS p
