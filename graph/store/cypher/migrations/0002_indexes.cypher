// What is looked up beside keys. Statements end with a semicolon at the end of a line.
CREATE INDEX fl_ci_class IF NOT EXISTS FOR (c:CI) ON (c.ci_class);
CREATE INDEX fl_ci_serial IF NOT EXISTS FOR (c:CI) ON (c.serial);
CREATE INDEX fl_ci_fqdn IF NOT EXISTS FOR (c:CI) ON (c.fqdn);
CREATE INDEX fl_commit_last IF NOT EXISTS FOR (c:Commit) ON (c.last);
CREATE INDEX fl_commit_at IF NOT EXISTS FOR (c:Commit) ON (c.at);
CREATE INDEX fl_commit_run IF NOT EXISTS FOR (c:Commit) ON (c.run);
CREATE INDEX fl_record_kind IF NOT EXISTS FOR (r:Record) ON (r.fl_kind);
CREATE INDEX fl_run_scope IF NOT EXISTS FOR (r:Run) ON (r.scope);
CREATE INDEX fl_seen_run IF NOT EXISTS FOR (s:Seen) ON (s.run);
