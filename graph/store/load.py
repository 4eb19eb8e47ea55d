"""From the database to an estate: integers in lists now, undone commits for a moment in the past."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graph.estate import Columns, Estate, build_estate
from graph.history import CI, RELATIONSHIP
from graph.store.follow import RETIRED, load_followed
from graph.store.reader import Reader
from graph.store.store import Store
from graph.store.things import GROUPED, SOFT, ends_of

PAGE = 20_000  # CIs whose rows are read at once


def load_estate(store: Store, *, revision: int | None = None) -> Estate:
    """The estate now, or as it was at a revision (whose cost grows with the commits since).

    What others write while it is read is caught up with, so that it is right at the revision it names.
    """
    if revision is not None:
        return _past(store, revision)
    begun = store.settled()
    return load_followed(store, store.read(lambda reader: _now(reader, store, begun)))


def _now(reader: Reader, store: Store, begun: int) -> Estate:
    columns, number, retired = _cis(reader)
    types = store.ontology.relationship_types
    all_types = list(types)
    read = _lists(reader, [name for name, kind in types.items() if kind.provider], len(number))
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]] = []
    grouped: list[tuple[int, int, int, str, str | None]] = []
    lost: set[tuple[int, str]] = set()
    for name, lists in read.items():
        given = np.array(lists.sources, np.int64), np.array(lists.targets, np.int64)
        code = np.array(lists.codes, np.uint8)
        dependents, providers = given if types[name].provider == "target" else given[::-1]
        source, target = _numbered(number, dependents), _numbered(number, providers)
        # members of groups are read by name below; here they would stand for a plain relationship
        kept = (source >= 0) & (target >= 0) & (code & GROUPED == 0)
        numbers = np.full(int(kept.sum()), all_types.index(name), np.uint8)
        parts.append((source[kept], target[kept], numbers, (code[kept] & SOFT) > 0))
        gone = np.flatnonzero((source >= 0) & (target < 0) & (code == 0)).tolist()
        lost |= {(int(source[at]), f"{name}|{retired.get(int(providers[at]), '')}") for at in gone}
        at = np.flatnonzero(code & GROUPED)
        members = zip(given[0][at].tolist(), given[1][at].tolist(), lists.groups, lists.quorums, strict=True)
        grouped += [(s, t, all_types.index(name), group, quorum or None) for s, t, group, quorum in members]
    return _estate(begun, store, columns, parts, grouped, number, lost)


@dataclass
class _Lists:
    """Relationships of one type: the store's numbers of both ends, codes; names and quorums of those in a group."""

    sources: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    quorums: list[str] = field(default_factory=list)


def _lists(reader: Reader, types: list[str], numbers: int) -> dict[str, _Lists]:
    # in the order of the types: where two relationships are between the same two CIs, the first one's name is kept
    found = {name: _Lists() for name in types}
    for above in range(0, numbers, PAGE):
        for row in reader.rows("rel_lists", above=above, upto=min(above + PAGE, numbers), types=types):
            mine = found[row["kind"]]
            mine.sources += row["s"]
            mine.targets += row["t"]
            mine.codes += row["code"]
            mine.groups += row["g"]
            mine.quorums += row["m"]
    return found


def _numbered(number: NDArray[np.int64], nums: NDArray[np.int64]) -> NDArray[np.int64]:
    # numbers given while this is read are past the end: their CIs come with what is caught up
    return number[np.minimum(nums, len(number) - 1)]


def _cis(
    reader: Reader,
) -> tuple[tuple[list[str], list[str], list[str], list[str]], NDArray[np.int64], dict[int, str]]:
    # by the store's numbers: which CI it is here (-1: none; the last entry stands for all above), retired ones' ids
    ids: list[str] = []
    names: list[str] = []
    classes: list[str] = []
    criticalities: list[str] = []
    nums: list[int] = []
    retired: dict[int, str] = {}
    given = reader.rows("nums_given")[0]["nums"]
    for above in range(0, given, PAGE):
        page = reader.rows("ci_rows", above=above, upto=min(above + PAGE, given))[0]
        order = np.argsort(page["num"])
        for at in order.tolist():
            if page["status"][at] != RETIRED:
                ids.append(page["ci_id"][at])
                names.append(page["name"][at])
                classes.append(page["ci_class"][at])
                criticalities.append(page["criticality"][at])
                nums.append(page["num"][at])
            else:
                retired[page["num"][at]] = page["ci_id"][at]
    number = np.full(max([given, *nums]) + 2, -1, np.int64)
    number[nums] = np.arange(len(nums))
    return (ids, names, classes, criticalities), number, retired


def _estate(
    revision: int,
    store: Store,
    cis: tuple[list[str], list[str], list[str], list[str]],
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]],
    grouped: list[tuple[int, int, int, str, str | None]],
    number: NDArray[np.int64],
    lost: set[tuple[int, str]],
) -> Estate:
    start = sum(len(part[0]) for part in parts)
    members: dict[tuple[int, str], list[tuple[int, str | None]]] = defaultdict(list)
    rows: list[tuple[int, int, int]] = []
    ends = np.array([row[:2] for row in grouped], np.int64).reshape(-1, 2)
    numbered = zip(_numbered(number, ends[:, 0]).tolist(), _numbered(number, ends[:, 1]).tolist(), strict=True)
    for (source, target), (_, _, kind, group, quorum) in zip(numbered, grouped, strict=True):
        if source < 0:
            continue
        if target < 0:
            lost.add((source, group))
            continue
        members[source, group].append((start + len(rows), quorum))
        rows.append((source, target, kind))
    extra = np.array(rows, np.int64).reshape(-1, 3)
    ids, names, classes, criticalities = cis
    columns = Columns(
        ids,
        names,
        classes,
        criticalities,
        np.concatenate([*(part[0] for part in parts), extra[:, 0]]),
        np.concatenate([*(part[1] for part in parts), extra[:, 1]]),
        np.concatenate([*(part[2] for part in parts), extra[:, 2].astype(np.uint8)]),
        np.concatenate([*(part[3] for part in parts), np.zeros(len(rows), np.bool_)]),
        members,
        lost - members.keys(),
    )
    return build_estate(revision, columns, store.ontology)


def _past(store: Store, revision: int) -> Estate:
    cis: dict[str, Mapping[str, object]] = {}
    relationships: dict[str, Mapping[str, object]] = {}
    for kind, key, thing in store.everything(revision=revision):
        if kind == CI:
            cis[key] = thing.state
        elif kind == RELATIONSHIP and store.ontology.relationship_types[ends_of(key)[1]].provider:
            relationships[key] = thing.state
    all_types = list(store.ontology.relationship_types)
    ids = sorted(ci for ci, state in cis.items() if state.get("status") != RETIRED)
    place = {ci: at for at, ci in enumerate(ids)}
    # numbers as the store gives them are from 1; here they are made up in the order of the ids, retired ones without
    known = {ci: at for at, ci in enumerate(sorted(cis), start=1)}
    number = np.full(len(known) + 2, -1, np.int64)
    for ci, at in known.items():
        number[at] = place.get(ci, -1)
    plain: list[tuple[int, int, int, bool]] = []
    grouped: list[tuple[int, int, int, str, str | None]] = []
    lost: set[tuple[int, str]] = set()
    # type by type, as the present is read: of two relationships between the same two CIs the first one's name is kept
    by_type = sorted(relationships.items(), key=lambda item: (all_types.index(ends_of(item[0])[1]), item[0]))
    for key, state in by_type:
        source, name, target = ends_of(key)
        if store.ontology.relationship_types[name].provider == "source":
            source, target = target, source
        kind_code = all_types.index(name)
        if "redundancy_group" in state:
            quorum = state.get("min_available")
            written = None if quorum is None else str(quorum)
            grouped.append((known[source], known[target], kind_code, str(state["redundancy_group"]), written))
        elif source in place and target in place:
            plain.append((place[source], place[target], kind_code, state.get("strength") == "soft"))
        elif source in place and state.get("strength") != "soft":
            lost.add((place[source], f"{name}|{target}"))
    rows = np.array(plain, np.int64).reshape(-1, 4)
    part = (rows[:, 0], rows[:, 1], rows[:, 2].astype(np.uint8), rows[:, 3].astype(np.bool_))
    columns = (
        ids,
        [str(cis[ci]["name"]) for ci in ids],
        [str(cis[ci]["ci_class"]) for ci in ids],
        [str(cis[ci].get("criticality", "")) for ci in ids],
    )
    return _estate(revision, store, columns, [part], grouped, number, lost)
