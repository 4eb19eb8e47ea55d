"""What a full run no longer sees, within its own scope only (INTERFACES: Scope)."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from graph.store import Store
from graph.store.runs import asserted_elsewhere, keys_seen, scopes
from importers.plan import Plan
from importers.rows import ShorthandRow

Hashes = NDArray[np.int64]


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
