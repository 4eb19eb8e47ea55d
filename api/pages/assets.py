"""What a browser gets beside the answers: modules, styles, texts and queries, read once and served under their hash."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any

from api.texts import LANGUAGES, Texts
from graph.ontology import Field, Ontology, load_ontology

# of the texts, what pages say themselves
AREAS = (
    "pages", "explorer", "live", "impact", "decide", "admin", "access", "edit", "review", "rfc", "watch", "draft",
    "schedule", "talk", "whatif", "calibration", "compliance", "alike",
)  # fmt: skip
MEDIA = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".toml": "text/plain; charset=utf-8",
}
FIRST = "app.js"  # the module that starts all others
_IMPORTED = re.compile(r"""^(?:import|export)\b[^'"]*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it goes out, also compressed."""

    body: bytes
    zipped: bytes
    media: str
    etag: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by name. `digest` is of them all and stands in their address, so that a browser may keep them."""

    files: Mapping[str, Asset]
    digest: str
    modules: tuple[str, ...]

    def address(self, name: str) -> str:
        """Where a file is served."""
        return f"/static/{self.digest}/{name}"


@cache
def load_assets() -> Assets:
    """Everything in `static/`, with one file of texts for each language and one of all queries."""
    bodies = dict(_files(resources.files("api.pages") / "static", PurePosixPath()))
    bodies |= {f"texts/{language}.json": _texts(language) for language in LANGUAGES}
    bodies["queries.json"] = json.dumps(load_queries(), sort_keys=True).encode()
    bodies["words.json"] = json.dumps(words_of(load_ontology()), ensure_ascii=False).encode()
    files = {name: _asset(name, body) for name, body in sorted(bodies.items())}
    whole = hashlib.sha256("".join(f"{name}={each.etag}\n" for name, each in files.items()).encode())
    return Assets(files, whole.hexdigest()[:16], tuple(_needed(FIRST, bodies)))


def words_of(ontology: Ontology) -> dict[str, Any]:
    """What a page must know of the ontology to say it in both languages: lanes in order, classes, types, fields."""
    common = set.intersection(*(set(each.fields) for each in ontology.classes.values()))

    def fields(some: Mapping[str, Field], but: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
        return {
            name: {**each.words, "type": each.type, **_rules(each)} for name, each in some.items() if name not in but
        }

    return {
        "tiers": [
            {"id": tier.id, **tier.words} for tier in sorted(ontology.tiers.values(), key=lambda tier: tier.order)
        ],
        "classes": {
            name: {**each.words, "tier": each.tier, "fields": fields(each.fields, common)}
            for name, each in ontology.classes.items()
        },
        "common": fields({n: each for n, each in next(iter(ontology.classes.values())).fields.items() if n in common}),
        "types": {
            name: {**each.words, "provider": each.provider, "hard": each.hard}
            for name, each in ontology.relationship_types.items()
        },
        "records": {
            name: {**each.words, "fields": fields(each.fields)} for name, each in ontology.record_types.items()
        },
        "environments": list(dict.fromkeys(ontology.environments.values())),
    }


def _rules(field: Field) -> dict[str, Any]:
    # what a form must know; most fields have none of it
    found: dict[str, Any] = {
        "required": field.required, "choices": list(field.choices), "min": field.low, "max": field.high,
        "shorthand": field.shorthand,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, False, [])}


def load_queries() -> dict[str, str]:
    """What pages ask, by name of the file."""
    folder = resources.files("api.pages") / "queries"
    files = (file for file in folder.iterdir() if file.name.endswith(".graphql"))
    return {file.name.removesuffix(".graphql"): file.read_text(encoding="utf-8") for file in files}


def _files(folder: Traversable, place: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, place / each.name)
        elif PurePosixPath(each.name).suffix in MEDIA:
            yield str(place / each.name), each.read_bytes()


def _texts(language: str) -> bytes:
    own = {key: text for key, text in Texts(language).all.items() if key.partition(".")[0] in AREAS}
    return json.dumps(own, ensure_ascii=False, sort_keys=True).encode()


def _asset(name: str, body: bytes) -> Asset:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Asset(body, gzip.compress(body, mtime=0), MEDIA[PurePosixPath(name).suffix], etag)


def _needed(first: str, bodies: Mapping[str, bytes]) -> list[str]:
    # modules that every page needs: asked for together, not one after the other as each names the next
    found = [first]
    for name in found:
        for relative in _IMPORTED.findall(bodies[name].decode()):
            other = str(_joined(PurePosixPath(name).parent, relative))
            if other not in found:
                found.append(other)
    return found


def _joined(folder: PurePosixPath, relative: str) -> PurePosixPath:
    parts = list(folder.parts)
    for part in relative.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)
