// upload_status: an import in parts is open, closed (being applied) or finished, then with its report.
// in   run, status, at: STRING, report: BYTES
// out  -
MATCH (u:Upload {fl_key: $run})
SET u.status = $status, u.touched_at = $at, u.report = $report
