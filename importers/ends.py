"""What a full run no longer sees, within its own scope only (INTERFACES: Scope)."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from graph.errors import Message, ParamValue
from graph.ontology import Ontology
from graph.store import Store, ends_of
from graph.store.conflicts import QUORUM, Conflict
from graph.store.runs import asserted_elsewhere, keys_seen, scopes
from graph.values import shown
from importers.model import Finding, Place, Weight
from importers.plan import Plan
from importers.rows import ShorthandRow

Hashes = NDArray[np.int64]
SOURCES_AT_ONCE = 2_000


def settle_ends(plan: Plan, store: Store) -> None:
    """Note in the plan which relationships a full run ends and which CIs it marks missing.

    A relationship ends when no other scope asserts it. A CI that another scope sees is missing in this scope all the
    same; it is never retired here.
    """
    if not plan.clean:
        return
    here = _keys_of(plan)
    for name, scope in scopes(store).items():
        if name not in plan.scopes:
            continue
        unseen: set[str] = {f"ci:{ci}" for ci in scope.missing}
        for keys in keys_seen(store, scope.runs, name):
            unseen.update(keys)
            if len(unseen) > 50_000:
                unseen = _not_in(unseen, here)
        unseen = _not_in(unseen, here)
        relationships = {key for key in unseen if key.startswith("rel:")}
        ending = relationships - asserted_elsewhere(store, relationships, name)
        plan.ending[name] = sorted(key.removeprefix("rel:") for key in ending)
        plan.missing[name] = sorted(key.removeprefix("ci:") for key in unseen if key.startswith("ci:"))


def keep_quorums(plan: Plan, store: Store, ontology: Ontology) -> None:
    """Report, as conflicts, groups that would have fewer members than their quorum asks for once the run ends some.

    Such a run ends nothing: the quorum has to be changed first, by a person or by the data source.
    """
    ends = {name: set(keys) for name, keys in plan.ending.items()}
    ending = set[str]().union(*ends.values())
    types = [name for name, kind in ontology.relationship_types.items() if kind.provider]
    # groups that the run itself names have been checked as they will be
    named = {(row.source, str(row.given["redundancy_group"])) for _, row in plan.rows("grouped")
             if "redundancy_group" in row.given}  # fmt: skip
    sources = sorted({ends_of(key)[0] for key in ending})
    for start in range(0, len(sources), SOURCES_AT_ONCE):
        some = sources[start : start + SOURCES_AT_ONCE]
        members: dict[tuple[str, str], list[str]] = defaultdict(list)
        quorums: dict[tuple[str, str], str] = {}
        for key, kept in store.relationships_at(some, types):
            group = kept.thing.state.get("redundancy_group")
            if group is not None:
                members[ends_of(key)[0], str(group)].append(key)
                quorums[ends_of(key)[0], str(group)] = str(kept.thing.state.get("min_available", "all"))
        for (source, group), keys in members.items():
            if (source, group) in named:
                continue
            left = [key for key in keys if key not in ending]
            quorum = quorums[source, group]
            if left and len(left) < len(keys) and quorum.isdecimal() and int(quorum) > len(left):
                params: dict[str, ParamValue] = {
                    "ci_id": shown(source), "group": shown(group), "quorum": quorum, "members": len(left)
                }  # fmt: skip
                plan.conflicts.append(Finding(Weight.REJECTED, Place(source), Message("row.end_breaks_quorum", params)))
                scope = next(name for name, some in ends.items() if not some.isdisjoint(keys))
                found = Conflict(QUORUM, scope, source, "", None, group=group, quorum=quorum, left=len(left))
                plan.ask(found)


def _keys_of(plan: Plan) -> Hashes:
    def keys() -> Iterable[int]:
        for _, row in plan.spools["ci"].rows():
            yield hash(f"ci:{row.key}")
        for _, row in plan.spools["shorthand"].rows():
            if row.target:
                yield hash(f"rel:{relationship_of(row)}")
        for spool in ("plain", "grouped"):
            for _, row in plan.spools[spool].rows():
                yield hash(f"rel:{row.key}")

    return np.sort(np.fromiter(keys(), np.int64))


def relationship_of(row: ShorthandRow) -> str:
    """The key of the relationship that a column stands for."""
    return f"{row.source}|{row.type}|{row.target}"


def _not_in(keys: set[str], here: Hashes) -> set[str]:
    listed = list(keys)
    hashes = np.fromiter((hash(key) for key in listed), np.int64, len(listed))
    absent = ~np.isin(hashes, here)
    return {listed[at] for at in np.flatnonzero(absent)}
