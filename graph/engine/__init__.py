"""Starting, finding, sharing and stopping a database engine as a child process."""

from graph.engine.endpoint import Endpoint, connect
from graph.engine.lease import open_engine

__all__ = ["Endpoint", "connect", "open_engine"]
