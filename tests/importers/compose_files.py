"""Compose files for tests, and what the importer says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from importers.compose import SOURCE
from importers.model import CiObservation, Finding, Part, Raw, RelationshipObservation, Request, Seen, Weight

TWO = "services:\n  web: {image: shop, depends_on: [db]}\n  db: {image: postgres}\n"


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """A folder with these files: path → text."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Read:
    """What came out, taken together; ids of the project's own CIs without `compose:`."""

    parts: list[Part]
    seen: list[Seen]

    @property
    def scopes(self) -> list[str]:
        return [part.scope for part in self.parts]

    @property
    def cis(self) -> dict[str, Mapping[str, Raw]]:
        return {
            each.ci_id.removeprefix("compose:"): each.values for each in self.seen if isinstance(each, CiObservation)
        }

    def of_class(self, ci_class: str) -> list[str]:
        """Ids of the CIs of a class, without what is before the last stroke."""
        return [ci_id.rpartition("/")[2] for ci_id, values in self.cis.items() if values.get("ci_class") == ci_class]

    @property
    def services(self) -> list[str]:
        return self.of_class("container")

    def related(self, kind: str) -> list[tuple[str, str]]:
        """(source, target) of the relationships of a type, by their last name, as given in the file."""
        return [
            (each.source.rpartition("/")[2], each.target.rpartition("/")[2])
            for each in self.seen
            if isinstance(each, RelationshipObservation) and each.type == kind
        ]

    def values(self, source: str, kind: str) -> list[Mapping[str, Raw]]:
        return [
            each.values
            for each in self.seen
            if isinstance(each, RelationshipObservation) and each.type == kind and each.source.endswith(f"/{source}")
        ]

    def findings(self, weight: Weight) -> list[Finding]:
        return [each for each in self.seen if isinstance(each, Finding) and each.weight is weight]

    def keys(self, weight: Weight) -> list[str]:
        return [finding.message.key.removeprefix("compose.") for finding in self.findings(weight)]

    @property
    def rejected(self) -> Finding:
        """The one finding that rejects something."""
        (finding,) = self.findings(Weight.REJECTED)
        return finding


def read(*paths: Path | str, **options: Any) -> Read:
    """Run the importer's two stages over files or folders."""
    # this importer reads no setting
    request = Request(paths=paths, settings=cast("Any", None), **options)
    parts = [Part(part.scope, list(part.seen)) for part in SOURCE.transform(SOURCE.get(request), request)]
    return Read(parts, [each for part in parts for each in part.seen])
