"""Who waits for a change, by what the life cycle names, and where they read their mail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.register import Register
from graph.records.changes import Change
from graph.records.decisions import authority_of
from graph.store.tables import states
from importers.voting import AUTHORITIES
from queries.review import Review
from queries.surroundings import Promise
from queries.talking import PRINCIPAL

EMAIL = "email"


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


def addresses(register: Register, names: Iterable[str], at: int) -> dict[str, str]:
    """Where people and teams read their mail, by name: the attribute `email` of the CI that is called so.

    Somebody who comes in as a principal is the person of that name; of others nobody knows.
    """
    wanted: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        wanted.setdefault(name.removeprefix(PRINCIPAL), []).append(name)
    found = states(register.store, sorted(wanted), revision=at)
    return {
        name: str(state[EMAIL]) for ci_id, state in found if _is_address(state.get(EMAIL)) for name in wanted[ci_id]
    }


def _is_address(text: object) -> bool:
    # what a mail server would take apart differently is no address: a line break begins another header
    if not isinstance(text, str) or not text.isascii() or len(text) > 254:
        return False
    name, at, host = text.rpartition("@")
    return bool(name and at and "." in host) and not any(c.isspace() or c in '<>",;:()[]\\' for c in text)
