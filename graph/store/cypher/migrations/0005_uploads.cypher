// Imports that come in parts over the API, until they are finished. Statements end with a semicolon at the line's end.
CREATE CONSTRAINT fl_upload_key IF NOT EXISTS FOR (u:Upload) REQUIRE u.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_part_key IF NOT EXISTS FOR (p:Part) REQUIRE p.fl_key IS UNIQUE;
CREATE INDEX fl_part_run IF NOT EXISTS FOR (p:Part) ON (p.run);
