"""The data sources that can be imported from: one line each."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from importers.model import Source

MODULES: Mapping[str, str] = {
    "inventory": "importers.inventory",
    "compose": "importers.compose",
    "kubernetes": "importers.kubernetes",
}


def source_named(name: str) -> Source:
    """The data source of that name; its module is loaded now. Raises KeyError for a name that is not registered."""
    return cast("Source", import_module(MODULES[name]).SOURCE)
