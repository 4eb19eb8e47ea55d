"""Numbers that the loops of an impact share. States: 0 unaffected, 1 at risk, 2 degraded, 3 outage (SEMANTICS 2)."""

NEVER = 2**30  # a round, hop or margin that is none
AT_RISK, DEGRADED, OUTAGE = 1, 2, 3
