// run_start: an import run begins; staged names the CIs whose redundancy groups are not in the graph yet.
// in   run, source, actor, digest, at: STRING, scopes: LIST OF STRING, full: BOOLEAN, staged: BYTES
// out  -
MERGE (r:Run {fl_key: $run})
SET r.source = $source, r.actor = $actor, r.digest = $digest, r.scopes = $scopes, r.full = $full,
    r.started_at = $at, r.status = 'running', r.staged = $staged, r.alive_at = timestamp()
