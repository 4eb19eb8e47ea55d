// ci_unnumbered: CIs that the register never numbered, so that somebody else made them.
// in   -
// out  key: STRING
MATCH (c:CI)
WHERE c.fl_num IS NULL
RETURN c.ci_id AS key
