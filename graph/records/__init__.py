"""Records of the register as frozen types: what the ontology's tables hold, read once and then passed on typed.

One module a table. Times are moments with a zone, durations are seconds; what is not recorded is `None`.
"""
