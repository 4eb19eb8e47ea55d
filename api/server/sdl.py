"""Prints the schema as `docs/schema.graphql` holds it: `python -m api.server.sdl > docs/schema.graphql`."""

import sys

from api.server.graphql import SCHEMA


def published() -> str:
    """The schema in the schema definition language."""
    return SCHEMA.as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(published())
