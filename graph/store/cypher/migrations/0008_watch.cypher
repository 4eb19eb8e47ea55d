// What those who wait for a change were told last, whose turn some work is, and how people wish to be told.
CREATE CONSTRAINT fl_watched_key IF NOT EXISTS FOR (w:Watched) REQUIRE w.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_lease_key IF NOT EXISTS FOR (l:Lease) REQUIRE l.fl_key IS UNIQUE;
CREATE CONSTRAINT fl_preference_key IF NOT EXISTS FOR (p:Preference) REQUIRE p.fl_key IS UNIQUE;
