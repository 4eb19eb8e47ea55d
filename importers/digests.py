"""What something says, in short: the same for the same, however it is written."""

import hashlib
from collections.abc import Mapping


def digest_of(value: object) -> str:
    """SHA-256 over mappings, lists and plain values; the order of a mapping does not matter.

    What an alias of YAML stands for several times is hashed once: written out, a megabyte can be gigabytes.
    """
    return _digest(value, {})


def _digest(value: object, known: dict[int, str]) -> str:
    if id(value) not in known:
        if isinstance(value, Mapping):
            parts = sorted(f"{_digest(key, known)}{_digest(each, known)}" for key, each in value.items())
            text = "{" + "".join(parts)
        elif isinstance(value, list | tuple):
            text = "[" + "".join(_digest(each, known) for each in value)
        else:
            text = f"{type(value).__name__} {value}"
        known[id(value)] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return known[id(value)]
