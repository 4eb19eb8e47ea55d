// ci_all: CIs with everything, by the numbers they were given.
// in   above, upto: INTEGER (numbers)
// out  num: INTEGER, key: STRING, p: MAP
UNWIND range($above + 1, $upto) AS num
MATCH (c:CI {fl_num: num})
RETURN c.fl_num AS num, c.ci_id AS key, properties(c) AS p
