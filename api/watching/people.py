"""Who waits for a change, by what the life cycle names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.register import Register
from graph.records.changes import Change
from graph.records.decisions import authority_of
from importers.voting import AUTHORITIES
from queries.review import Review
from queries.surroundings import Promise


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is told, and as what: `requester`, `authority`, `team`, `owners` or `customers`."""

    name: str
    role: str


def people(register: Register, kinds: Iterable[str], change: Change, review: Review | None, at: int) -> list[Person]:
    """Who is told of a change, each once and as the first of these kinds; `at`: the revision.

    `review`: where there is one, for owners and customers of the services that it names.
    """
    found: dict[str, str] = {}
    for kind in kinds:
        for name in _of(register, kind, change, review, at):
            found.setdefault(name, kind)
    return [Person(name, kind) for name, kind in found.items()]


def _of(register: Register, kind: str, change: Change, review: Review | None, at: int) -> Sequence[str]:
    if kind == "requester":
        return [*([change.requested_by] if change.requested_by else ()), *change.authors]
    if kind == "team":
        return [change.team] if change.team else []
    if kind == "authority":
        boards = register.tables.table(AUTHORITIES, authority_of, at)
        members = [who for board in boards if change.category in board.categories for who in board.members]
        # who has decided already stands for it with their name
        return [*members, *change.voices]
    if review is None:
        return []
    if kind == "owners":
        return sorted({who for some in review.around.owners.values() for who in some})
    promises: Mapping[str, Promise] = review.around.promises
    return sorted({who for each in promises.values() for who in each.customers})
