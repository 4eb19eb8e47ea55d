// hash_read: the hash of the graph at a revision, where somebody has asked for it before.
// in   revision: INTEGER
// out  hash: STRING (no row: nobody has)
MATCH (h:GraphHash {revision: $revision})
RETURN h.hash AS hash
