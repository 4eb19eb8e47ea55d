"""Prints the schema as `docs/schema.graphql` holds it: `python -m api.schema.sdl > docs/schema.graphql`."""

import sys

from api.schema.root import make_schema


def published() -> str:
    """The schema in the schema definition language."""
    return make_schema().as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(published())
