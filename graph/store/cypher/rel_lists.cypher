// rel_lists: relationships as lists, a row per type, never one per relationship; all of them in one pass.
// in   above, upto: INTEGER (numbers of sources), types: LIST OF STRING
// out  kind: STRING, s, t: LIST OF INTEGER (numbers), code: LIST OF INTEGER (1 soft, 2 in a group),
//      g, m: LIST OF STRING (of those in a group, in their order: its name and its quorum, empty for all)
UNWIND range($above + 1, $upto) AS num
MATCH (a:CI {fl_num: num})-[r]->(b:CI)
WHERE type(r) IN $types
RETURN type(r) AS kind, collect(a.fl_num) AS s, collect(b.fl_num) AS t, collect(r.fl_code) AS code,
       collect(CASE WHEN r.fl_code = 2 THEN r.redundancy_group END) AS g,
       collect(CASE WHEN r.fl_code = 2 THEN coalesce(r.min_available, '') END) AS m
