// commit_beginning: the commit that begins with a revision; found at once, however long the log is.
// in   revision: INTEGER
// out  as commits_after
MATCH (c:Commit {first: $revision})
RETURN c.first AS first, c.last AS last, c.at AS at, c.actor AS actor, c.source AS source, c.change AS change,
       c.run AS run, c.previous AS previous, c.hash AS hash, c.entries AS entries
