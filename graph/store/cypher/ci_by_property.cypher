// ci_by_property: CIs that carry one of these values, for identification rules.
// in   values: LIST
// out  value, key: STRING
// template: PROPERTY is a field of the ontology
UNWIND $values AS v
MATCH (c:CI {PROPERTY: v})
RETURN v AS value, c.ci_id AS key
