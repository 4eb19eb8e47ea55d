// upload_status: an import in parts is open, closed (being applied), cancelled or finished, then with its report; finished it stays.
// in   run, status, at: STRING, report: BYTES
// out  -
MATCH (u:Upload {fl_key: $run})
WHERE u.status <> 'finished'
SET u.status = $status, u.touched_at = $at, u.report = $report, u.alive_at = timestamp()
