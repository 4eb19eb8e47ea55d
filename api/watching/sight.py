"""What of the news of a change somebody is written: no more than the pages would show them (docs/access.md: Scopes)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from api.access.scopes import visible
from api.register import Register
from api.watching.people import Person
from graph.history import CI, RELATIONSHIP
from graph.records.changes import Change
from graph.store.principals import Scopes
from graph.store.tables import states
from graph.values import State
from importers.mailing import Mailed, limits
from queries.past import touched_of
from queries.review import Review

SERVICES = ("service", "ci_id", "of")  # parameters of a reason that hold ids of CIs, `of` several


class Sight:
    """The news of one change, at a revision, as each of those who wait for it may read it."""

    def __init__(
        self, register: Register, change: Change, review: Review | None, who: Sequence[Person], at: int
    ) -> None:  # fmt: skip
        self._register, self._change, self._review, self._at = register, change, review, at
        self._roles = {each.name: each.role for each in who}

    @cached_property
    def _scopes(self) -> Mapping[str, Scopes]:
        return limits(self._register.store)

    def told(self, body: Mapping[str, Any], reader: Mailed) -> dict[str, Any]:
        """What is told (`api.watching.told`) with the names of CIs; of what is not shown to a reader ids alone.

        Where all is shown to whoever else reads at the same address, it is what is shown to each of them.
        """
        ids = _ids([*body["because"], *body["now"]["reasons"]], body["now"]["out"])
        ends = _ends(body["causes"])
        cis = self._cis(ids | ends | self._touched)
        seen = set(cis)
        is_limited = False
        for name in reader.names:
            mine = self._seen(name, cis)
            if mine is not None:
                is_limited, seen = True, seen & mine
        shown = (ids if is_limited else ids | ends) & seen
        names = {ci_id: str(cis[ci_id].get("name") or ci_id) for ci_id in sorted(shown)}
        if not is_limited:
            return {**body, "names": names, "limited": False}
        # nor is history told: what brought it about, and who wrote it
        title = body["title"] if self._touched and self._touched <= seen else None
        return {**body, "names": names, "limited": True, "title": title, "causes": [], "more_causes": 0, "people": []}

    @cached_property
    def _touched(self) -> set[str]:
        return touched_of(self._change, self._register.store.ontology)

    def _cis(self, ids: Iterable[str]) -> dict[str, State]:
        return dict(states(self._register.store, sorted(ids), revision=self._at))

    def _seen(self, name: str, cis: Mapping[str, State]) -> set[str] | None:
        # of these CIs those whose names somebody is shown, `None`: of all
        scopes = self._scopes.get(name)
        if scopes:
            return visible(self._register.store, scopes, cis, self._at)
        if scopes is None and self._roles.get(name) == "customers":
            # who cannot come in is shown what was promised to them
            promises = {} if self._review is None else self._review.around.promises
            return {service for service, each in promises.items() if name in each.customers}
        return None


def _ids(reasons: Iterable[Mapping[str, Any]], out: Iterable[str]) -> set[str]:
    named = (str(each["params"].get(name) or "") for each in reasons for name in SERVICES)
    return {part for text in named for part in text.split(", ") if part} | set(out)


def _ends(causes: Iterable[Mapping[str, Any]]) -> set[str]:
    # a CI that was written, and both ends of a relationship
    found = {each["key"] for each in causes if each["kind"] == CI}
    keys = (each["key"].split("|") for each in causes if each["kind"] == RELATIONSHIP)
    return found | {end for source, _, target in keys for end in (source, target)}
