// store_drop_empty: the node of a register in which nothing was ever written, so that a backup takes its place.
// in   -
// out  -
MATCH (s:Store {fl_key: 'store', revision: 0})
DELETE s
