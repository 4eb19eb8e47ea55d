// upload_touch: notes that an import in parts goes on; writing it queues those who add parts to it.
// in   run, at: STRING, size: INTEGER (bytes that are added)
// out  status: STRING, size: INTEGER
MATCH (u:Upload {fl_key: $run})
SET u.touched_at = $at, u.size = u.size + $size
RETURN u.status AS status, u.size AS size
