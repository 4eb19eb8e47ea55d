// Hashes of the graph at revisions, for certificates; runs that go on. Statements end with a semicolon at the line's end.
CREATE CONSTRAINT fl_hash_revision IF NOT EXISTS FOR (h:GraphHash) REQUIRE h.revision IS UNIQUE;
CREATE INDEX fl_run_status IF NOT EXISTS FOR (r:Run) ON (r.status);
