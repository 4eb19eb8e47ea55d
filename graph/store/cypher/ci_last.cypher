// ci_last: the highest number of a CI; there may be CIs before there is the store's own node, while it is restored.
// in   -
// out  num: INTEGER (null where there is no CI)
MATCH (c:CI)
RETURN max(c.fl_num) AS num
