// rel_groups: the members of redundancy groups among relationships of one type.
// in   above, upto: INTEGER (numbers of sources)
// out  s, t: INTEGER, g: STRING (redundancy_group), m: STRING (min_available, null for all)
// template: TYPE is a relationship type of the ontology
MATCH (a:CI)-[r:TYPE]->(b:CI)
WHERE a.fl_num > $above AND a.fl_num <= $upto AND r.fl_code = 2
RETURN a.fl_num AS s, b.fl_num AS t, r.redundancy_group AS g, r.min_available AS m
