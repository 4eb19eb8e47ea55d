// indexes_there: the indexes that the database has.
// in   -
// out  name: STRING
SHOW INDEXES YIELD name
RETURN name AS name
