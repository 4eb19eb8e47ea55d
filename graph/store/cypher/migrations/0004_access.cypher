// Principals, their tokens and sessions, and what was done to them. Statements end with a semicolon at the line's end.
CREATE CONSTRAINT fl_principal_key IF NOT EXISTS FOR (p:Principal) REQUIRE p.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_principal_name IF NOT EXISTS FOR (p:Principal) REQUIRE p.name IS UNIQUE;
CREATE CONSTRAINT fl_token_key IF NOT EXISTS FOR (t:Token) REQUIRE t.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_session_key IF NOT EXISTS FOR (s:Session) REQUIRE s.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_access_key IF NOT EXISTS FOR (a:AccessChange) REQUIRE a.fl_key IS UNIQUE;
CREATE INDEX fl_token_principal IF NOT EXISTS FOR (t:Token) ON (t.principal);
CREATE INDEX fl_session_ends IF NOT EXISTS FOR (s:Session) ON (s.ends_at);
CREATE INDEX fl_access_at IF NOT EXISTS FOR (a:AccessChange) ON (a.at);
