"""An estate brought forward by some changed CIs and relationships, at a cost that grows with the changes alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.estate import RANK, Estate, number_members
from graph.layered import LayeredTable
from graph.ontology import RelationshipType
from graph.overlay import Rows, with_rows
from graph.tails import Tail
from graph.values import State

GONE = ""  # the class of CIs that are retired by now


class Row(NamedTuple):
    """One relationship: numbers of its ends, its type's number, whether it is soft."""

    source: int
    target: int
    type_code: int
    soft: bool


@dataclass
class Related:
    """All the relationships that some dependents have from now on.

    `members`: (dependent, group) → (position in `rows`, quorum as written); `lost`: groups with members all retired.
    """

    rows: list[Row] = field(default_factory=list)
    members: dict[tuple[int, str], list[tuple[int, str | None]]] = field(default_factory=lambda: defaultdict(list))
    lost: set[tuple[int, str]] = field(default_factory=set)

    def note(self, dependent: int, provider: int | None, kind: str, code: int, ci_id: str, state: State) -> None:
        """Add a relationship of a type (its name and number); `provider`: `None` for a retired one, named `ci_id`."""
        group, soft = state.get("redundancy_group"), state.get("strength") == "soft"
        if provider is None:
            if not soft:
                self.lost.add((dependent, str(group or f"{kind}|{ci_id}")))
            return
        if group is not None:
            quorum = state.get("min_available")
            self.members[dependent, str(group)].append((len(self.rows), None if quorum is None else str(quorum)))
        self.rows.append(Row(dependent, provider, code, soft))


@dataclass(frozen=True, slots=True)
class Cis:
    """CIs that come (id → number, beyond the last one, in order), that go, and what is known anew of some."""

    coming: Mapping[str, int]
    going: frozenset[int]
    known: Mapping[int, State]


def brought_forward(
    estate: Estate, types: Mapping[str, RelationshipType], cis: Cis, dependents: Iterable[int],
    related: Sequence[Related], revision: int,
) -> Estate:  # fmt: skip
    """The estate in which some dependents have other relationships; the old one is as it was.

    Parameters
    ----------
    estate
        The one before.
    types
        Relationship types, numbered in their order.
    cis
        CIs that come and go.
    dependents
        Those whose relationships are given, by number; who goes has none.
    related
        All that they have from now on. Of several each must be met: groups of one name are then groups of their own.
    revision
        That of the new estate.
    """
    changed = set(dependents) | cis.going
    if not changed and not cis.coming:
        # records say nothing of the graph: it is the same, and so is what was worked out of it
        return replace(_described(estate, cis), revision=revision)
    rows = [row for each in related for row in each.rows]
    source, target = (np.array([row[end] for row in rows], np.int64) for end in (0, 1))
    type_code = np.array([row.type_code for row in rows], np.uint8)
    soft = np.array([row.soft for row in rows], np.bool_)
    feeding = np.array([kind.feeds for kind in types.values()], np.bool_)
    group, needed, names, impossible = _numbered(related, target, len(estate.group_names))
    tail = estate.given or Tail({"type_code": estate.type_code, "group": estate.group})
    tail, given = tail.grown(len(estate.type_code), {"type_code": type_code, "group": group})
    topology = with_rows(
        estate.topology,
        Rows(
            sorted(changed), source, target, soft, group, np.where(group < 0, 1, needed),
            feeding[type_code] & ~soft if rows else None,
        ),
        n=estate.topology.n + len(cis.coming),
        given=len(estate.type_code),
    )  # fmt: skip
    later = {len(estate.group_names) + at: name for at, name in enumerate(names)}
    lost = {flag for each in related for flag in each.lost - each.members.keys()}
    return replace(
        _described(estate, cis),
        revision=revision,
        topology=topology,
        given=tail,
        type_code=given["type_code"],
        group=given["group"],
        group_names=LayeredTable.over(estate.group_names).changed(later),
        hidden=_hidden(estate, changed, rows, group.tolist(), feeding),
        quorum_impossible=_flags(estate.quorum_impossible, changed, impossible),
        dependency_lost=_flags(estate.dependency_lost, changed, lost),
    )


def _hidden(
    estate: Estate, changed: set[int], rows: Sequence[Row], groups: Sequence[int], feeding: NDArray[np.bool_]
) -> NDArray[np.int32]:
    # as `graph.kernels.build.collapse` chooses: hard before soft, feeding before not, the first given
    order = sorted(range(len(rows)), key=lambda at: (rows[at].soft, not feeding[rows[at].type_code]))
    seen: set[tuple[int, int, int]] = set()
    found: list[tuple[int, int, int, int]] = []
    for at in order:
        row, ends = rows[at], (rows[at].source, rows[at].target, groups[at])
        if ends in seen:
            found.append((row.source, row.target, row.type_code, groups[at]))
        seen.add(ends)
    kept = estate.hidden[~np.isin(estate.hidden[:, 0], list(changed))]
    return np.concatenate([kept, np.array(found, np.int32).reshape(-1, 4)])


def _numbered(
    related: Sequence[Related], target: NDArray[np.int64], first: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[str], list[tuple[int, str]]]:
    groups, needed = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    names: list[str] = []
    impossible: list[tuple[int, str]] = []
    start = 0
    for each in related:
        some = target[start : start + len(each.rows)]
        found = number_members(each.members, some, len(some), first + len(names))
        groups.append(found.group)
        needed.append(found.needed)
        names += found.names
        impossible += found.impossible
        start += len(some)
    return np.concatenate(groups), np.concatenate(needed), names, impossible


def _described(estate: Estate, cis: Cis) -> Estate:
    class_names = [*estate.class_names]
    for name in sorted({str(state["ci_class"]) for state in cis.known.values()} | {GONE}):
        if name not in class_names:
            class_names.append(name)
    more = len(cis.coming)
    class_code = np.concatenate([estate.class_code, np.zeros(more, estate.class_code.dtype)])
    criticality = np.concatenate([estate.criticality, np.zeros(more, np.uint8)])
    for number, state in cis.known.items():
        class_code[number] = class_names.index(str(state["ci_class"]))
        criticality[number] = RANK.get(str(state.get("criticality", "")), 0)
    class_code[list(cis.going)] = class_names.index(GONE)
    ids = LayeredTable.over(estate.ids).changed({at: ci_id for ci_id, at in cis.coming.items()}, list(cis.going))
    return replace(
        estate,
        ids=ids,
        names=LayeredTable.over(estate.names).changed({n: str(state["name"]) for n, state in cis.known.items()}),
        class_names=tuple(class_names),
        class_code=class_code,
        criticality=criticality,
    )


def _flags(
    before: Iterable[tuple[int, str]], dependents: set[int], now: Iterable[tuple[int, str]]
) -> tuple[tuple[int, str], ...]:
    return tuple(sorted({flag for flag in before if flag[0] not in dependents} | set(now)))
