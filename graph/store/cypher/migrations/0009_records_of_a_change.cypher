// What is said on a change is looked for under the lock of the log. Statements end with a semicolon at the line's end.
CREATE INDEX fl_record_change IF NOT EXISTS FOR (r:Record) ON (r.change_id);
