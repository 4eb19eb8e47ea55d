// ci_times: what is recorded of the recovery of CIs, in one row: of many that is a fraction of what rows by CI take.
// in   keys: LIST OF STRING
// out  found: LIST OF LIST (the key, the revision, whether fields are there that no property is declared for, and of each
//      of recovery_time, failover_time, rto, rpo and mtpd the number or null)
UNWIND $keys AS k
MATCH (c:CI {ci_id: k})
RETURN collect([k, c.fl_rev, c.fl_extra IS NOT NULL, c.recovery_time, c.failover_time, c.rto, c.rpo, c.mtpd]) AS found
