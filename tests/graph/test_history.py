"""The log answers for the past: every revision of a random history is the graph that was recorded then."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from graph.history import Thing
from graph.store import Edit, Store
from graph.store.load import load_estate
from tests.engines import change, depends, host, written

IDS = [f"ci-{number}" for number in range(8)]
NAMES = ["核心", 'a "quoted" name', "two\nlines", "plain"]


def random_edits(store: Store, rng: random.Random) -> list[Edit]:
    """Some edits that can be made now."""
    state = {(kind, key): thing for kind, key, thing in store.everything()}
    there = sorted(key for kind, key in state if kind == "ci")
    ends = {end for kind, key in state if kind == "rel" for end in key.split("|")[::2]}
    edits: dict[tuple[str, str], Edit] = {}
    for _ in range(rng.randint(1, 6)):
        edit = _one(rng, there, ends, [key for kind, key in state if kind == "rel"])
        edits[edit.kind, edit.key] = edit
    removed = {key for (kind, key), edit in edits.items() if kind == "ci" and edit.after is None}
    return [e for e in edits.values() if e.kind != "rel" or not removed & set(e.key.split("|")[::2])]


def _one(rng: random.Random, there: list[str], ends: set[str], relationships: list[str]) -> Edit:
    roll = rng.random()
    free = [ci for ci in there if ci not in ends]
    if roll < 0.1 and free:
        return Edit("ci", rng.choice(free), None)
    if roll < 0.25 and relationships:
        return Edit("rel", rng.choice(sorted(relationships)), None)
    if roll < 0.55 and len(there) > 1:
        fields: dict[str, Any] = {"redundancy_group": "g", "min_available": "1"} if rng.random() < 0.4 else {}
        return depends(*rng.sample(there, 2), **fields)
    if roll < 0.65:
        return Edit("changes", "C-1", rng.choice([change("C-1"), None, Thing({"change_id": "C-1", "title": "again"})]))
    status = rng.choice(["live", "retired", "planned"])
    return host(rng.choice(IDS), version=str(rng.randrange(3)), name_en=rng.choice(NAMES), status=status)


Words = tuple[str, ...]
Recorded = tuple[str, dict[tuple[str, str], Thing], list[Words], str]


def topology_lines(store: Store, revision: int | None) -> list[Words]:
    """The topology now or then in words: CIs with name and class, relationships with strength and group."""
    estate = load_estate(store, revision=revision)
    topology = estate.topology
    cis = [(str(estate.ids[at]), str(estate.names[at]), estate.class_of(at)) for at in range(topology.n)]
    members: dict[tuple[int, int], list[str]] = {}
    for s, t, said in topology.edges(data=True):
        members.setdefault((s, said.get("group", -1)), []).append(str(estate.ids[t]))
    # a group's number is the topology's own; its members are what it is known by
    found = [
        (str(estate.ids[s]), str(estate.ids[t]), said["strength"], str(said.get("feeds")),
         *(sorted(members[s, said["group"]]) if "group" in said else ()))
        for s, t, said in topology.edges(data=True)
    ]  # fmt: skip
    return sorted(cis) + sorted(found)


def recorded_now(store: Store) -> Recorded:
    """The graph as it is, in three ways, and the moment."""
    things = {(kind, key): thing for kind, key, thing in store.everything()}
    moment = store.rows("read_store")[0]["at"]
    return store.graph_hash(), things, topology_lines(store, None), moment


@pytest.mark.parametrize("seed", [1, 2])
def test_every_revision_of_a_random_history_is_the_graph_recorded_then(
    store: Store, seed: int, long_or_short: Callable[[int, int], int]
) -> None:
    rng = random.Random(seed)
    recorded = {0: recorded_now(store)}
    for _ in range(long_or_short(60, 20)):
        revision = written(store, random_edits(store, rng)).revision
        recorded[revision] = recorded_now(store)

    for revision, (graph, things, lines, moment) in recorded.items():
        assert store.graph_hash(revision=revision) == graph
        assert {(kind, key): thing for kind, key, thing in store.everything(revision=revision)} == things
        assert topology_lines(store, revision) == lines
        assert store.revision_at(moment) == revision


def test_a_moment_is_the_last_revision_recorded_by_then(store: Store) -> None:
    written(store, [host("a"), host("b")])
    between = next(iter(store.commits())).at
    written(store, [host("a", version="2")])

    assert store.revision_at(between) == 2
    assert store.revision_at("2020-01-01T00:00:00.000000Z") == 0
    assert store.revision_at("2100-01-01T00:00:00.000000Z") == 3


def test_the_feed_gives_each_commit_once_and_in_order_forwards_and_backwards(store: Store) -> None:
    for number in range(5):
        written(store, [host("a", version=str(number)), host(f"b{number}")])

    forwards = [(c.first, c.last) for c in store.commits(after=2)]
    backwards = [(c.first, c.last) for c in store.commits_backwards(after=2)]

    assert forwards == [(3, 4), (5, 6), (7, 8), (9, 10)]
    assert backwards == forwards[::-1]
