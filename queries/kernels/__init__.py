"""Compiled loops of the questions; importing the graph's first settles where compiled code is kept."""

import graph.kernels as graph_kernels

__all__ = ["graph_kernels"]
