// Hashes of the graph at revisions, for certificates. Statements end with a semicolon at the end of a line.
CREATE CONSTRAINT fl_hash_revision IF NOT EXISTS FOR (h:GraphHash) REQUIRE h.revision IS UNIQUE;
