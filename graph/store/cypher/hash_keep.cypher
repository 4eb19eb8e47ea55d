// hash_keep: the hash of the graph at a revision, which costs a walk over all of it, is kept.
// in   revision: INTEGER, hash: STRING
// out  -
MERGE (h:GraphHash {revision: $revision})
SET h.hash = $hash
