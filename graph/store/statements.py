"""Cypher statements, one file each, with their contract in the comment above them (`cypher/*.cypher`)."""

import hashlib
import re
from functools import cache
from importlib import resources

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_SLOT = re.compile(r"\b(TYPE|PROPERTY)\b")
_LIST = "PROPERTIES"


@cache
def statement(name: str, word: str | None = None, properties: tuple[str, ...] | None = None) -> str:
    """The text of a statement file; a template's slots are filled with identifiers of the ontology.

    `word` fills TYPE or PROPERTY, `properties` the list PROPERTIES of what each row `r` carries in its map `p`.
    Relationship types and property names cannot be parameters in Cypher. What fills a slot was declared in the
    ontology, whose loader lets only lower-case identifiers in; it is checked again here.
    """
    text = _body(name)
    for slot, given in ((_SLOT.search(text), word), (_LIST in text or None, properties)):
        if (slot is None) != (given is None):
            raise ValueError(f"statement {name} cannot be filled with {given!r}")
    for identifier in (*(properties or ()), *((word,) if word is not None else ())):
        if not _IDENTIFIER.fullmatch(identifier):
            raise ValueError(f"statement {name} cannot be filled with {identifier!r}")
    if properties is not None:
        text = text.replace(_LIST, ", ".join(f"`{each}`: r.p.`{each}`" for each in properties))
    return _SLOT.sub(word, text) if word is not None else text


def _body(name: str) -> str:
    text = (resources.files("graph.store") / "cypher" / f"{name}.cypher").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))


def migrations() -> list[tuple[str, str, list[str]]]:
    """(name, checksum, statements) of every migration, in order."""
    folder = resources.files("graph.store") / "cypher" / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".cypher")), key=lambda f: f.name)
    found = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        body = "\n".join(line for line in text.splitlines() if not line.startswith("//"))
        parts = [part.strip() for part in body.split(";\n") if part.strip()]
        checksum = hashlib.sha256(text.encode()).hexdigest()
        found.append((file.name.removesuffix(".cypher"), checksum, [part.rstrip(";") for part in parts]))
    return found
