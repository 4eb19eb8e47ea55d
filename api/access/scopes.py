"""Whose names a principal with scopes is shown, and which CIs it may write: all is computed on the whole graph."""

from collections.abc import Iterable, Mapping
from typing import Any

from graph.errors import NotAllowedError
from graph.history import CI, Thing
from graph.ontology import Ontology
from graph.store import Store
from graph.store.principals import Scopes
from graph.store.tables import related
from graph.store.things import Kept
from graph.values import State

Instead = Mapping[tuple[str, str], set[str]]
OWNED, LOCATED = "owned_by", "located_in"
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
    for some in around.values():
        waiting = list(some)
        while waiting:
            further = led.get(waiting.pop(), set()) - some
            some.update(further)
            waiting += further


def redacted(kept: Kept, words: str) -> Kept:
    """A CI out of scope: what the graph needs of it, and `words` for its name."""
    state: State = {name: value for name, value in kept.thing.state.items() if name in KEPT_FIELDS}
    return Kept(Thing({**state, "name": words}), kept.revision, kept.num, kept.code)


def check_written(store: Store, scopes: Scopes, written: Iterable[Mapping[str, Any]], ends: Iterable[str]) -> None:
    """Refuse what is to be written out of scope: NotAllowedError `server.out_of_scope`, naming the first such CI.

    `written`: CIs as `CiInput` has them; what is there must be in scope, and what comes of it, too. `ends`: CIs that
    must be in scope as they are.
    """
    asked = {str(each.get("ciId", "")): each for each in written}
    there = {ci_id: each.thing.state for ci_id, each in store.kept(CI, {*asked, *ends}).items()}
    after, instead = dict[str, State](), dict[tuple[str, str], set[str]]()
    for ci_id, each in asked.items():
        given = each.get("attributes")
        attributes: Mapping[str, Any] = given if isinstance(given, dict) else {}
        own = {"ci_class": each.get("ciClass"), "environment": attributes.get("environment")}
        after[ci_id] = {
            **there.get(ci_id, {}),
            **{name: str(value) for name, value in own.items() if value is not None},
        }
        if "environment" in attributes and attributes["environment"] is None:
            after[ci_id].pop("environment", None)
        for kind in ("owner", "site"):
            if kind in attributes:
                instead[ci_id, kind] = set() if attributes[kind] is None else {str(attributes[kind])}
    known, lasting = visible(store, scopes, there, None), visible(store, scopes, after, None, instead)
    for ci_id in sorted({*asked, *ends}):
        is_new = ci_id in asked and ci_id not in there
        if not (is_new or ci_id in known) or (ci_id in asked and ci_id not in lasting):
            raise NotAllowedError("server.out_of_scope", ci_id=ci_id[:60])
