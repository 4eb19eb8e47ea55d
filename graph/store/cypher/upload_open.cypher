// upload_open: an import in parts begins; one that is there already stays as it is.
// in   run, source, actor, at: STRING, options: BYTES
// out  -
MERGE (u:Upload {fl_key: $run})
ON CREATE SET u.source = $source, u.actor = $actor, u.options = $options, u.status = 'open', u.size = 0, u.touched_at = $at
