"""Indicators of Annex B: one function and one line of the registry each.

`frame` holds what they share, `registry` names them all, every other module holds those of one clause.
"""
