"""The server: probes and GraphQL over one open register."""

from api.server.run import serve

__all__ = ["serve"]
