"""Whose names a principal with scopes is shown, and which CIs it may write: all is computed on the whole graph."""

from collections.abc import Iterable, Mapping

from graph.errors import NotAllowedError
from graph.history import CI, Thing
from graph.ontology import Ontology
from graph.store import Store
from graph.store.principals import Scopes
from graph.store.tables import related
from graph.store.things import Kept
from graph.values import State, ValueRefused, parse_id
from importers.check import Checker
from importers.model import Finding, Observation
from importers.rows import CiRow, ShorthandRow

Instead = Mapping[tuple[str, str], set[str]]
OWNED, LOCATED = "owned_by", "located_in"
KINDS = {OWNED: "owner", LOCATED: "site"}
KEPT_FIELDS = ("ci_class", "status")  # what of a CI out of scope is shown: the graph, and no more
NESTED = 10  # places within places; a rack of a row of a room of a site is four


def visible(
    store: Store, scopes: Scopes, cis: Mapping[str, State], revision: int | None, instead: Instead | None = None
) -> set[str]:
    """Those of some CIs, by id with their fields, that have one value of each kind of scope at a revision.

    A site or an owner that is itself a value is in scope; so is what stands in the site, directly or not. `instead`: by
    id and kind the owner or site that a CI is to have, whatever it has now.
    """
    found = {ci_id for ci_id, state in cis.items() if _declared(scopes, state, store.ontology)}
    for kind, name, nested in (("owner", OWNED, 1), ("site", LOCATED, NESTED)):
        if kind in scopes and found:
            given = {ci_id: (instead or {}).get((ci_id, kind)) for ci_id in found}
            around = {ci_id: {ci_id} for ci_id in found if given[ci_id] is None}
            around |= {ci_id: set(some) for ci_id, some in given.items() if some is not None and kind == "site"}
            _follow(store, around, name, revision, nested)
            around |= {ci_id: set(some) for ci_id, some in given.items() if some is not None and kind == "owner"}
            found = {ci_id for ci_id in found if not around[ci_id].isdisjoint(scopes[kind])}
    return found


def _declared(scopes: Scopes, state: State, ontology: Ontology) -> bool:
    if "ci_class" in scopes and state.get("ci_class") not in scopes["ci_class"]:
        return False
    if "environment" not in scopes:
        return True
    text = state.get("environment")
    known = None if text is None else ontology.environment_of(str(text))
    return text in scopes["environment"] or known in scopes["environment"]


def _follow(store: Store, around: dict[str, set[str]], name: str, revision: int | None, most: int) -> None:
    # adds what relationships of a type lead to, and from there on
    fresh = {each for some in around.values() for each in some}
    led: dict[str, set[str]] = {}
    for _ in range(most):
        if not fresh:
            break
        for source, _, target in related(store, fresh, [name], revision=revision):
            led.setdefault(source, set()).add(target)
        fresh = {target for source in fresh for target in led.get(source, ())} - led.keys()
    # each by itself so far and no further: what one is in must not hang on which others are asked about with it
    for some in around.values():
        last = some
        for _ in range(most):
            last = {target for source in last for target in led.get(source, ())} - some
            some.update(last)


def redacted(kept: Kept, words: str) -> Kept:
    """A CI out of scope: what the graph needs of it, and `words` for its name."""
    state: State = {name: value for name, value in kept.thing.state.items() if name in KEPT_FIELDS}
    return Kept(Thing({**state, "name": words}), kept.revision, kept.num, kept.code)


def check_written(
    store: Store, scopes: Scopes, written: Iterable[Observation | Finding], ends: Iterable[str], zone: str
) -> None:
    """Refuse what is to be written out of scope: NotAllowedError `server.out_of_scope`, naming the first such CI.

    `written`: rows of CIs as the writer makes them, read here as there; what is there must be in scope, and what comes
    of it, too. `ends`: CIs that must be in scope as they are. What cannot be kept is passed over: the writer refuses
    it, and all that stands beside it. `zone`: of times without an offset.
    """
    rows, instead = _rows_of(written, Checker(store.ontology, zone))
    asked = {row.key: row for row in rows}
    wanted = {*asked, *(ci_id for end in ends if (ci_id := _kept_id(end)) is not None)}
    there = {ci_id: each.thing.state for ci_id, each in store.kept(CI, wanted).items()}
    after = {ci_id: _after(there.get(ci_id, {}), row) for ci_id, row in asked.items()}
    known, lasting = visible(store, scopes, there, None), visible(store, scopes, after, None, instead)
    for ci_id in sorted(wanted):
        is_new = ci_id in asked and ci_id not in there
        if not (is_new or ci_id in known) or (ci_id in asked and ci_id not in lasting):
            raise NotAllowedError("server.out_of_scope", ci_id=ci_id[:60])


def _rows_of(
    written: Iterable[Observation | Finding], checker: Checker
) -> tuple[list[CiRow], dict[tuple[str, str], set[str]]]:
    # rows of CIs, and by id and kind the owner or site that they are to have
    rows, instead = list[CiRow](), dict[tuple[str, str], set[str]]()
    for seen in written:
        for row in () if isinstance(seen, Finding) else checker.rows(seen, 0):
            if isinstance(row, CiRow):
                rows.append(row)
            elif isinstance(row, ShorthandRow) and row.type in KINDS:
                instead[row.source, KINDS[row.type]] = set() if row.target is None else {row.target}
    return rows, instead


def _after(state: State, row: CiRow) -> State:
    return {name: value for name, value in {**state, **row.given}.items() if name not in row.cleared}


def _kept_id(text: str) -> str | None:
    try:
        return parse_id(text)
    except ValueRefused:
        return None
