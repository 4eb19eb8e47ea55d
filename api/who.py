"""Who asks: the actor that stands in the log beside what was written (INTERFACES: Who)."""

import getpass


def local_actor() -> str:
    """Whoever runs this process, in local mode."""
    try:
        return f"local:{getpass.getuser()}"
    except (OSError, KeyError):
        return "local:unknown"
