"""Opaque cursors: the key after which a page begins, not a place that moves when rows come and go."""

import base64
import binascii

from graph.errors import BadInputError


def encode(kind: str, key: str) -> str:
    """A cursor or a global id."""
    return base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("=")


def decode(kind: str, text: str) -> str:
    """The key of a cursor; BadInputError `server.cursor` for what is none of ours."""
    found, key = parts_of(text)
    if found != kind:
        raise BadInputError("server.cursor", cursor=text[:60])
    return key


def parts_of(text: str) -> tuple[str, str]:
    """Kind and key of a cursor or a global id; BadInputError `server.cursor` for what is none of ours."""
    try:
        found = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise BadInputError("server.cursor", cursor=text[:60]) from error
    kind, separator, key = found.partition(":")
    if not separator:
        raise BadInputError("server.cursor", cursor=text[:60])
    return kind, key
