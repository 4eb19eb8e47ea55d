// rel_lists: relationships of one type as one list of integers per CI, never a row per relationship.
// in   above, upto: INTEGER (numbers of sources)
// out  s: INTEGER, t: LIST OF INTEGER (numbers of targets), code: LIST OF INTEGER (1 soft, 2 in a group)
// template: TYPE is a relationship type of the ontology
MATCH (a:CI)-[r:TYPE]->(b:CI)
WHERE a.fl_num > $above AND a.fl_num <= $upto
RETURN a.fl_num AS s, collect(b.fl_num) AS t, collect(r.fl_code) AS code
