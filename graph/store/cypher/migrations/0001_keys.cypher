// One key per thing; unique on both engines. Statements end with a semicolon at the end of a line.
CREATE CONSTRAINT fl_ci_id IF NOT EXISTS FOR (c:CI) REQUIRE c.ci_id IS UNIQUE;
CREATE CONSTRAINT fl_ci_num IF NOT EXISTS FOR (c:CI) REQUIRE c.fl_num IS UNIQUE;
CREATE CONSTRAINT fl_record_key IF NOT EXISTS FOR (r:Record) REQUIRE r.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_store_key IF NOT EXISTS FOR (s:Store) REQUIRE s.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_migration_key IF NOT EXISTS FOR (m:Migration) REQUIRE m.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_gone_key IF NOT EXISTS FOR (g:Gone) REQUIRE g.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_commit_first IF NOT EXISTS FOR (c:Commit) REQUIRE c.first IS UNIQUE;
CREATE CONSTRAINT fl_commit_marker IF NOT EXISTS FOR (c:Commit) REQUIRE c.marker IS UNIQUE;
CREATE CONSTRAINT fl_run_key IF NOT EXISTS FOR (r:Run) REQUIRE r.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_scope_key IF NOT EXISTS FOR (s:Scope) REQUIRE s.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_seen_key IF NOT EXISTS FOR (s:Seen) REQUIRE s.fl_key IS UNIQUE;
