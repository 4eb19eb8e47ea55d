"""Numbers that the loops of an impact share. States: 0 unaffected, 1 at risk, 2 degraded, 3 outage (SEMANTICS 2)."""

from queries.kernels import graph_kernels

assert graph_kernels  # noqa: S101 - numba's cache folder is set before anything is compiled

NEVER = 2**30  # a round, hop or margin that is none
HARD, SOFT, FEED = -1, -2, -3  # graph.kernels.build
AT_RISK, DEGRADED, OUTAGE = 1, 2, 3
