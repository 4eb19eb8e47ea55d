// ci_unnumbered: CIs whose number is none that the register gives, so that somebody else made them.
// in   -
// out  key: STRING
MATCH (c:CI)
WHERE c.fl_num IS NULL OR coalesce(c.fl_num < 1 OR c.fl_num <> toInteger(c.fl_num), true)
RETURN c.ci_id AS key
