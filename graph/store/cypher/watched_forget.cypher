// watched_forget: changes that nobody waits for any more.
// in   keys: LIST<STRING>
// out  -
UNWIND $keys AS key
MATCH (w:Watched {fl_key: key})
DELETE w
