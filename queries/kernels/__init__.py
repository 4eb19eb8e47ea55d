"""Compiled loops of the questions."""

import graph.kernels  # noqa: F401 - first of all: it says where compiled code is kept
