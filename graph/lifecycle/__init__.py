"""The life of a change as data: who may move it from where to where, what is needed, who is told (R11.2)."""

from graph.lifecycle.load import lifecycle_from, load_lifecycle
from graph.lifecycle.types import Category, Lifecycle, Step

__all__ = ["Category", "Lifecycle", "Step", "lifecycle_from", "load_lifecycle"]
