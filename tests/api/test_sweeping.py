"""Sweeps by the cores of this machine and by real workers of Dask give what one call gives."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any, Self

import numpy as np
import pytest

from api import sweeping
from api.sweeping import count_dependents, find_failures, swept
from benchmarks.estates import TIERS, layered_estate
from graph.errors import BadInputError
from graph.topology import Topology
from queries.sweeps import Failures, dependents_counted, single_failures

ESTATE = layered_estate(3_000, fed=True)
SERVICES = np.flatnonzero(ESTATE.tier == len(TIERS) - 1).astype(np.int32)


@pytest.fixture(scope="module")
def topology() -> Topology:
    return ESTATE.topology()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="distributed is not installed: faultline[dask]")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
    ) as started:
        yield started


def same(found: Failures, other: Failures) -> bool:
    pairs: list[tuple[Any, Any]] = [
        (found.seeds, other.seeds), (found.felled.cis, other.felled.cis),
        (found.felled.services, other.felled.services), (found.felled.weight, other.felled.weight),
        (found.points.start, other.points.start), (found.points.cis, other.points.cis),
    ]  # fmt: skip
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("cores", [1, 2, 5])
def test_any_number_of_cores_gives_the_same(topology: Topology, cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_cores", lambda: cores)
    everyone, weights = np.arange(topology.n), np.arange(topology.n) % 5

    assert same(
        find_failures(topology, everyone, SERVICES, weights), single_failures(topology, everyone, SERVICES, weights)
    )
    # one named twice counts once, in whichever lots it would lie
    twice = np.concatenate([everyone, everyone])
    assert np.array_equal(count_dependents(topology, twice), dependents_counted(topology, everyone))
    assert not count_dependents(topology, []).any()


def test_who_is_not_there_is_named(topology: Topology) -> None:
    with pytest.raises(IndexError, match=f"no CI {topology.n}"):
        count_dependents(topology, [0, topology.n])


@pytest.mark.processes
def test_two_workers_of_a_cluster_give_the_same(topology: Topology, cluster: Any) -> None:
    everyone, address = np.arange(topology.n), cluster.scheduler_address

    assert same(
        find_failures(topology, everyone, SERVICES, scheduler=address), single_failures(topology, everyone, SERVICES)
    )
    assert np.array_equal(count_dependents(topology, SERVICES, address), dependents_counted(topology, SERVICES))
    assert len(swept(topology, _process, everyone, _together, address)) == 2
    with pytest.raises(IndexError, match="no CI"):
        count_dependents(topology, [topology.n], address)


def _process(topology: Topology, cis: Any) -> set[int]:
    import os

    return {os.getpid()}


def _together(parts: Any) -> set[int]:
    return set().union(*parts)


@pytest.mark.processes
def test_a_scheduler_that_is_not_there_or_has_nobody_is_named(
    topology: Topology, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = partial(count_dependents, topology, SERVICES)
    monkeypatch.setattr(sweeping, "CONNECTING", 0.5)

    for address in ("tcp://127.0.0.1:9", "no such thing://"):
        with pytest.raises(BadInputError, match=r"settings\.scheduler"):
            ask(address)
    cluster.scale(0)
    cluster.sync(cluster._correct_state)
    with pytest.raises(BadInputError, match=r"settings\.no_workers"):
        ask(cluster.scheduler_address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInputError, match=r"settings\.no_dask"):
        ask(cluster.scheduler_address)


class LosingClient:
    """A client of a scheduler that forgets what it was asked."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def nthreads(self) -> dict[str, int]:
        return {"worker": 1}

    def scatter(self, topology: Topology, **_: Any) -> Topology:
        return topology

    def submit(self, *_: Any, **__: Any) -> None:
        pass

    def gather(self, _: Any) -> None:
        from distributed import CancelledError

        raise CancelledError("lost")


def test_a_scheduler_that_drops_what_it_was_asked_is_named(topology: Topology, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="distributed is not installed: faultline[dask]")
    monkeypatch.setattr(distributed, "Client", LosingClient)

    with pytest.raises(BadInputError, match=r"settings\.scheduler"):
        count_dependents(topology, SERVICES, scheduler="tcp://x:1")
