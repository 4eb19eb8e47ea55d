"""Our own inventory files, in and out: the simplest door for discovery scripts (INTERFACES: Inventory files)."""

from importers.inventory.source import SOURCE

__all__ = ["SOURCE"]
