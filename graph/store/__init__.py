"""The only code that talks Bolt: what is kept, and the log of how it came to be."""

from graph.store.store import Edit, Store, Written
from graph.store.things import Kept, ends_of, relationship_key

__all__ = ["Edit", "Kept", "Store", "Written", "ends_of", "relationship_key"]
