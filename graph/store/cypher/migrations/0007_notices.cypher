// Notices that wait to be sent. Statements end with a semicolon at the line's end.
CREATE CONSTRAINT fl_notice_key IF NOT EXISTS FOR (n:Notice) REQUIRE n.fl_key IS UNIQUE;
CREATE INDEX fl_notice_due IF NOT EXISTS FOR (n:Notice) ON (n.due);
