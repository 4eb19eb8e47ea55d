// Conflicts that import runs left to a person. Statements end with a semicolon at the line's end.
CREATE CONSTRAINT fl_conflict_key IF NOT EXISTS FOR (c:Conflict) REQUIRE c.fl_key IS UNIQUE;
CREATE INDEX fl_conflict_state IF NOT EXISTS FOR (c:Conflict) ON (c.state);
CREATE INDEX fl_conflict_scope IF NOT EXISTS FOR (c:Conflict) ON (c.scope);
CREATE INDEX fl_conflict_run IF NOT EXISTS FOR (c:Conflict) ON (c.run);
