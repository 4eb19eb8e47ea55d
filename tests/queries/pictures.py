"""Pictures of the explorer straight from their definition: dictionaries and loops, one CI more at a time."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from graph.estate import Columns, Estate, build_estate
from graph.ontology import load_ontology
from queries.folding import Kind

Box = tuple[object, ...]


def estate_of(classes: Iterable[str], rows: Iterable[tuple[int, str, int]]) -> Estate:
    """An estate of CIs `ci-0` and so on, with relationships (source, type, target)."""
    import numpy as np

    named, listed = list(classes), list(rows)
    types = list(load_ontology().relationship_types)
    return build_estate(
        7,
        Columns(
            ids=[f"ci-{at}" for at in range(len(named))],
            names=[f"name {at}" for at in range(len(named))],
            classes=named,
            criticalities=[""] * len(named),
            source=np.array([row[0] for row in listed], np.int64),
            target=np.array([row[2] for row in listed], np.int64),
            type_code=np.array([types.index(row[1]) for row in listed], np.uint8),
            soft=np.zeros(len(listed), np.bool_),
            members={},
        ),
        load_ontology(),
    )


def chain(n: int) -> Estate:
    """Each of some hosts depends on the next one."""
    return estate_of(["host"] * n, [(at, "depends_on", at + 1) for at in range(n - 1)])


@dataclass(frozen=True)
class Drawn:
    """By CI the box that it is in; links as ordered pairs of boxes with how many pairs of CIs each stands for."""

    box: Mapping[int, Box]
    links: Mapping[tuple[Box, Box], int]

    @property
    def elements(self) -> int:
        return len(set(self.box.values())) + len(self.links)


def slow_fold(
    *, pairs: Collection[tuple[int, int]], lane: list[int], ci_class: list[int], rank: list[int], pinned: list[bool],
    label: list[int] | None, opened: Collection[tuple[Kind, int, int]], per_lane: int, most: int,
) -> Drawn:  # fmt: skip
    """Take units into the picture one after another, from as many as there are down to none, until it fits."""
    cis = range(len(lane))
    alike: dict[tuple[int, int], list[int]] = {}
    for ci in cis:
        if label is not None and not pinned[ci] and (Kind.ALIKE, lane[ci], label[ci]) not in opened:
            alike.setdefault((lane[ci], label[ci]), []).append(ci)
    groups = {key: members for key, members in alike.items() if len(members) > 1}
    unit: dict[int, Box] = {ci: (Kind.CI, ci) for ci in cis}
    for (its_lane, code), members in groups.items():
        unit.update(dict.fromkeys(members, (Kind.ALIKE, its_lane, code)))
    singles = sorted((ci for ci in cis if unit[ci][0] == Kind.CI), key=lambda ci: (not pinned[ci], rank[ci], ci))
    kept, drawn_in = list[int](), dict[int, int]()
    for ci in singles:
        turn = drawn_in[lane[ci]] = drawn_in.get(lane[ci], -1) + 1
        is_open = (
            (Kind.CLASS, lane[ci], ci_class[ci]) in opened
            or (Kind.LANE, lane[ci], 0) in opened
            or (label is not None and (Kind.ALIKE, lane[ci], label[ci]) in opened)
        )
        if pinned[ci] or is_open or turn < per_lane:
            kept.append(ci)
    largest = sorted(groups, key=lambda key: (-len(groups[key]), key))
    queue: list[Box] = [(Kind.CI, ci) for ci in kept if pinned[ci]]
    queue += [(Kind.ALIKE, *key) for key in largest]
    queue += [(Kind.CI, ci) for ci in kept if not pinned[ci]]
    for coarse in (False, True):
        for shown in range(len(queue), -1, -1):
            drawn = _drawn(pairs, unit, set(queue[:shown]), lane, ci_class, coarse=coarse)
            if drawn.elements <= most:
                return drawn
    return drawn


def _drawn(
    pairs: Collection[tuple[int, int]], unit: Mapping[int, Box], shown: set[Box], lane: list[int], ci_class: list[int],
    *, coarse: bool,
) -> Drawn:  # fmt: skip
    box: dict[int, Box] = {}
    for ci, own in unit.items():
        by_lane = coarse or own[0] == Kind.ALIKE
        group: Box = (Kind.LANE, lane[ci]) if by_lane else (Kind.CLASS, lane[ci], ci_class[ci])
        box[ci] = own if own in shown else group
    units: dict[Box, set[Box]] = {}
    for ci, where in box.items():
        units.setdefault(where, set()).add(unit[ci])
    box = {ci: unit[ci] if len(units[where]) == 1 else where for ci, where in box.items()}
    links: dict[tuple[Box, Box], int] = {}
    for source, target in pairs:
        if box[source] != box[target]:
            ends = box[source], box[target]
            links[ends] = links.get(ends, 0) + 1
    return Drawn(box, links)
