"""The other questions, each in a module of its own: `measure(bench, estate, topology)` notes its figures.

`bench` (`benchmarks.figures`) takes them; estate and topology are those of its size, the topology settled.
"""
