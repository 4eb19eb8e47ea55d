"""Documents that are known here, asked for by the SHA-256 of their text: those of the pages, and a folder of others."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from graph.errors import BadInputError

HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True)
class Trusted:
    """Documents by hash. `only`: nothing else is executed."""

    documents: Mapping[str, str]
    only: bool = False

    @classmethod
    def read(cls, folder: Path | None, *, only: bool) -> "Trusted":
        """All `.graphql` files of the pages and of a folder; BadInputError for one that cannot be read."""
        places: list[Traversable] = [resources.files("api") / "pages" / "queries"]
        if folder is not None:
            if not folder.is_dir():
                raise BadInputError("limits.no_documents", path=str(folder))
            places.append(folder)
        texts = [text for place in places if place.is_dir() for text in _texts(place)]
        return cls({hash_of(text): text for text in texts}, only)

    def document(self, found: Mapping[str, Any]) -> str | None:
        """The document of a request: its own, or the one that it names by hash; `None` where it has neither.

        Raises
        ------
        BadInputError
            `limits.unknown_document`, also for a document that is not the one of its hash; `limits.only_trusted`.
        """
        text, named = found.get("query"), _named(found)
        if named is not None:
            known = self.documents.get(named)
            own = isinstance(text, str)
            if (own and hash_of(str(text)) != named) or (known is None and not own):
                raise BadInputError("limits.unknown_document", document=named[:64])
            text = text if own else known
        if not isinstance(text, str):
            return None
        if self.only and hash_of(text) not in self.documents:
            raise BadInputError("limits.only_trusted")
        return text


def hash_of(text: str) -> str:
    """What a document is asked for by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _texts(place: Traversable) -> Iterator[str]:
    for file in place.iterdir():
        if file.name.endswith(".graphql"):
            try:
                yield file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise BadInputError("limits.no_documents", path=str(file)) from error


def _named(found: Mapping[str, Any]) -> str | None:
    # as `documentId`, or as clients of other makes do it
    extensions = found.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    given = found.get("documentId")
    if given is None and persisted is not None:
        given = persisted.get("sha256Hash", "") if isinstance(persisted, dict) else ""
    if given is None:
        return None
    match = HASH.fullmatch(given.lower()) if isinstance(given, str) else None
    if match is None:
        raise BadInputError("limits.unknown_document", document=str(given)[:64])
    return match[1]
