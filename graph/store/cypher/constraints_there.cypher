// constraints_there: the constraints that the database has.
// in   -
// out  name: STRING
SHOW CONSTRAINTS YIELD name
RETURN name AS name
