"""An estate brought forward along the change feed is the one read anew, also while others write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graph.estate import Estate
from graph.history import CI, RELATIONSHIP, Thing
from graph.store import Edit, Store, relationship_key
from graph.store.follow import followed
from graph.store.load import load_estate
from queries.blast_radius import blast_radius
from tests.engines import written

SOURCES = {"*": "inventory"}
CLASSES = ("host", "application", "business_service")
GROUPS = (("g", "1"), ("g", "50%"), ("h", None))


def described(estate: Estate) -> dict[str, Any]:
    """An estate by names alone: two of these are equal if the estates are."""
    csr = estate.topology.csr
    found: dict[str, Any] = {"cis": {}, "related": [], "revision": estate.revision}
    for number in range(estate.topology.n):
        ci_id = estate.ids[number]
        if estate.find(ci_id) == number:
            found["cis"][ci_id] = (estate.names[number], estate.class_of(number), estate.criticality_of(number))
    for place in range(estate.topology.n):
        for edge in range(csr.beg[place], csr.end[place]):
            code = int(csr.code[edge])
            quorum = (int(csr.size[code]), int(csr.needed[code]), bool(csr.feeds[code])) if code >= 0 else code
            ends = estate.ids[int(csr.index[place])], estate.ids[int(csr.index[csr.to[edge]])]
            found["related"].append((*ends, estate.type_of(edge), estate.group_of(edge), quorum))
    found["related"].sort(key=str)
    for name in ("quorum_impossible", "dependency_lost"):
        found[name] = sorted((estate.ids[number], group) for number, group in getattr(estate, name))
    found["hidden"] = sorted(
        (estate.ids[one], estate.ids[other], estate.type_names[kind], "" if group < 0 else estate.group_names[group])
        for one, other, kind, group in estate.hidden.tolist()
    )
    found["services"] = sorted(estate.ids[int(s)] for s in estate.services())
    return found


class History:
    """Random edits of a small register."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._cis: dict[str, Thing] = {}
        self._related: dict[str, Thing] = {}

    def edits(self) -> list[Edit]:
        found = [self._ci() for _ in range(int(self._rng.integers(1, 4)))]
        found += [e for _ in range(int(self._rng.integers(0, 5))) if (e := self._relationship())]
        return list({(e.kind, e.key): e for e in found}.values())

    def _ci(self) -> Edit:
        key = f"ci-{self._rng.integers(0, 12)}"
        state: dict[str, Any] = {
            "ci_class": CLASSES[self._rng.integers(0, 3)],
            "name": f"{key} {self._rng.integers(9)}",
        }
        state["status"] = "retired" if self._rng.random() < 0.25 else "live"
        if self._rng.random() < 0.5:
            state["criticality"] = "high"
        self._cis[key] = Thing(state, SOURCES)
        return Edit(CI, key, self._cis[key])

    def _relationship(self) -> Edit | None:
        ends = self._rng.choice(sorted(self._cis), 2) if len(self._cis) > 1 else ("", "")
        if ends[0] == ends[1]:
            return None
        kind = ("depends_on", "runs_on", "fails_over_to")[self._rng.integers(0, 3)]
        key = relationship_key(str(ends[0]), kind, str(ends[1]))
        if key in self._related and self._rng.random() < 0.4:
            del self._related[key]
            return Edit(RELATIONSHIP, key, None)
        state: dict[str, Any] = {} if kind == "fails_over_to" else {"strength": "hard"}
        if kind == "depends_on" and self._rng.random() < 0.6:
            group, quorum = GROUPS[self._rng.integers(0, 3)]
            state |= {"redundancy_group": group} | ({"min_available": quorum} if quorum else {})
        elif kind == "depends_on" and self._rng.random() < 0.3:
            state["strength"] = "soft"
        self._related[key] = Thing(state, SOURCES)
        return Edit(RELATIONSHIP, key, self._related[key])


@pytest.mark.parametrize("seed", range(2))
def test_an_estate_brought_forward_is_the_one_read_anew(store: Store, seed: int, long_or_short: Any) -> None:
    history = History(seed)
    estate = load_estate(store)

    for _ in range(long_or_short(60, 6)):
        for _ in range(1 + seed):
            written(store, history.edits())
        moved = followed(store, estate)
        assert moved is not None
        anew = load_estate(store)
        assert described(moved) == described(anew)
        for ci_id in described(anew)["cis"]:
            states = [blast_radius(one, {ci_id: "outage"}).plain() for one in (moved, anew)]
            assert states[0] == states[1]
        estate = moved


def test_too_many_changes_are_not_followed(store: Store) -> None:
    estate = load_estate(store)
    written(store, History(1).edits())

    assert followed(store, estate, most=0) is None
    assert followed(store, load_estate(store), most=0) is not None


def test_what_is_read_while_others_write_is_of_one_revision(store: Store, long_or_short: Any) -> None:
    # every write makes one host and relates it to the one before: at every revision there are as many as its number
    stop, writing = threading.Event(), threading.Lock()

    @contextmanager
    def alone() -> Iterator[None]:
        with writing:
            yield

    store = replace(store, lock=alone)  # the embedded engine holds up no writer itself: a register brings a lock

    def go_on_writing() -> None:
        for number in range(1, long_or_short(400, 40)):
            name = f"h-{number:04}"
            edits = [Edit(CI, name, Thing({"ci_class": "host", "name": name, "status": "live"}, SOURCES))]
            if number > 1:
                key = relationship_key(name, "depends_on", f"h-{number - 1:04}")
                edits.append(Edit(RELATIONSHIP, key, Thing({"strength": "hard"}, SOURCES)))
            written(store, edits)
        stop.set()

    writer = threading.Thread(target=go_on_writing)
    writer.start()
    estate = load_estate(store)
    try:
        while not stop.is_set():
            loaded, moved = load_estate(store), followed(store, estate)
            assert moved is not None
            for found in (loaded, moved):
                hosts = (found.revision + 1) // 2
                assert (found.topology.n, found.topology.m) == (hosts, max(0, hosts - 1))
            revision = store.revision()
            things = list(store.everything())
            assert len(things) >= revision
            assert {k for _, k, _ in things if k.startswith("h-") and "|" not in k} == {
                f"h-{n:04}" for n in range(1, (len(things) + 1) // 2 + 1)
            }
            estate = moved
    finally:
        writer.join()
