"""The command line `faultline`."""

from api.cli.main import main

__all__ = ["main"]
