// decided: when and by whom revisions were written that are a commit each.
// in   revisions: LIST OF INTEGER
// out  revision: INTEGER, at, actor: STRING
UNWIND $revisions AS n
MATCH (c:Commit {first: n})
RETURN n AS revision, c.at AS at, c.actor AS actor
