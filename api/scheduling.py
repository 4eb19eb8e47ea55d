"""What is asked of changes needs their schedule: gathered from the register at one revision, or from a file."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from api.holding import Reviewable
from graph.errors import BadInputError
from graph.estate import Estate
from graph.records.changes import Change, change_of
from graph.records.incidents import incident_of
from graph.records.proposed import Proposed, proposed_of
from graph.records.windows import Window, window_of
from graph.values import ValueRefused, parse_id, shown
from importers.safe_yaml import load_documents, read_text
from queries.planned import Asked

YAML = (".yaml", ".yml")


class Schedule:
    """The changes, incidents and windows of a register at the revision of an estate."""

    def __init__(self, register: Reviewable, estate: Estate, at: datetime) -> None:
        self.register, self.estate, self.at = register, estate, at
        self.holding = holding = register.holding(estate.revision)
        self.changes = holding.table("changes", change_of)
        self.windows = holding.table("windows", window_of)
        incidents = holding.table("incidents", incident_of)
        self._asked = Asked(estate, holding.ontology, (), incidents, at)

    def asked(self, *more: Change) -> Asked:
        """The active changes, and further ones whatever their status."""
        ids = {change.change_id for change in more}
        changes = [*more, *(each for each in self.changes if each.is_active and each.change_id not in ids)]
        kept, chains = self.register.plans.of(self.holding, self.estate, changes)
        return replace(self._asked, changes=changes, kept=kept, chains=chains)

    def change(self, what: str) -> tuple[Change, Sequence[Window]]:
        """A stored change, by its id, or a proposed one, by its file, with the outages that were agreed for it.

        Raises BadInputError: `review.unknown_change`; `edits.*` and `review.unreadable` for a file.
        """
        if is_file(what):
            path = Path(what)
            with in_file(path.name):
                found = self.proposed(document_of(path))
            return found.change, found.agreed
        return self.stored(what), ()

    def stored(self, what: str) -> Change:
        """A change of the register, by its id; BadInputError `review.unknown_change`."""
        try:
            change_id = parse_id(what)
        except ValueRefused:
            change_id = ""
        for each in self.changes:
            if each.change_id == change_id:
                return each
        raise BadInputError("review.unknown_change", change=shown(what))

    def proposed(self, document: Any) -> Proposed:
        """The proposed change of a document; BadInputError `edits.*`."""
        return proposed_of(document, self.register.settings.timezone, self._asked.ontology)


@contextlib.contextmanager
def in_file(name: str) -> Iterator[None]:
    """Within it, what is refused at a place in a document names the file too."""
    try:
        yield
    except BadInputError as refused:
        params = dict(refused.message.params)
        if not refused.message.key.startswith("edits."):
            raise
        at = str(params.get("at", "."))
        params |= {"at": name if at == "." else f"{name}: {at}"}
        raise BadInputError(refused.message.key, **params) from refused


def is_file(what: str) -> bool:
    """Whether what is asked about is a file rather than an id."""
    try:
        return Path(what).is_file()
    except (OSError, ValueError):  # an id may be longer than a file's name can be
        return False


def document_of(path: Path) -> Any:
    """What a file of JSON or YAML holds, read with the limits of files from strangers.

    Raises BadInputError `yaml.*`, and `review.unreadable` for what is neither, or more than one document.
    """
    text = read_text(path, path.name)
    suffix = path.suffix.lower()
    if suffix == ".json" or (suffix not in YAML and text.lstrip().startswith("{")):
        try:
            return json.loads(text, object_pairs_hook=lambda pairs: _once(path.name, pairs))
        except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
            raise BadInputError("review.unreadable", file=path.name, reason=shown(error)) from error
    documents = list(load_documents(text, path.name))
    if len(documents) != 1:
        raise BadInputError("review.documents", file=path.name, count=len(documents))
    return documents[0]


def _once(file: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(name for name, _ in pairs)
        raise BadInputError("conflicts.key_twice", file=file, name=shown(counted.most_common(1)[0][0]))
    return found
