"""Whole-estate sweeps (`queries.sweeps`) on every core of this machine, or on the workers of a Dask scheduler.

A sweep's kernels hold no lock of the interpreter, so here its workers are threads: they share one topology, and nothing
is copied. A Dask scheduler gets the topology once, for each of its workers, and as many lots of CIs as keep them busy.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.errors import BadInputError
from graph.topology import Topology
from queries.kernels.bits import BLOCK
from queries.sweeps import Failures, dependents_counted, merged, single_failures

I32 = NDArray[np.int32]
Result = TypeVar("Result")
Work = Callable[[Topology, I32], Result]
Merge = Callable[[Sequence[Result]], Result]
LOTS = 4  # for each thread of a cluster, whose machines are not equally fast
CONNECTING = 10.0  # seconds until a scheduler that does not answer is given up


def count_dependents(topology: Topology, dependents: ArrayLike, scheduler: str | None = None) -> I32:
    """Of every CI how many of these rest on it: all services, or all CIs (`queries.sweeps.dependents_counted`)."""
    return swept(topology, dependents_counted, dependents, _added, scheduler)


def find_failures(
    topology: Topology, seeds: ArrayLike, services: I32, weights: ArrayLike | None = None, scheduler: str | None = None
) -> Failures:
    """Every single failure, and the single points of all services among them (`queries.sweeps.single_failures`)."""
    work = partial(_failures, services=services, weights=None if weights is None else np.asarray(weights))
    return swept(topology, work, seeds, merged, scheduler)


def swept(
    topology: Topology, work: Work[Result], cis: ArrayLike, merge: Merge[Result], scheduler: str | None = None
) -> Result:
    """What `work` gives for all of these CIs, from what it gives for lots of them.

    Parameters
    ----------
    topology
        Shared by the threads of this machine; sent once to each worker of a cluster.
    work, merge
        A function of a topology and of some CIs, and what makes one of several results, whatever their order. For a
        cluster they are pickled.
    cis
        Indices. Lots are dealt out block by block, so that each has of what is dear.
    scheduler
        Address of a Dask scheduler (`Settings.dask_scheduler`). Default: the cores of this machine.

    Raises
    ------
    BadInputError
        The scheduler does not answer, has no worker or loses them, or `distributed` is not installed.
    """
    settled = topology.settled
    asked = np.unique(np.asarray(cis, np.int32))
    if _is_in(asked, settled.n):
        asked = settled.csr.index[np.sort(settled.csr.place[asked])]
    if scheduler is not None:
        return _on_a_cluster(settled, work, asked, merge, scheduler)
    lots = _dealt(asked, _cores())
    if len(lots) == 1:
        return work(settled, lots[0])
    with ThreadPoolExecutor(len(lots)) as pool:
        return merge(list(pool.map(partial(work, settled), lots)))


def _on_a_cluster(topology: Topology, work: Work[Result], asked: I32, merge: Merge[Result], scheduler: str) -> Result:
    try:
        from distributed import CancelledError, Client
        from distributed.scheduler import KilledWorker
    except ModuleNotFoundError as error:
        raise BadInputError("settings.no_dask", scheduler=scheduler) from error
    try:
        client = Client(scheduler, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _failed(scheduler, error) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise BadInputError("settings.no_workers", scheduler=scheduler)
        try:
            held = client.scatter(topology, broadcast=True, hash=False)
            futures = [client.submit(work, held, lot, pure=False) for lot in _dealt(asked, threads * LOTS)]
            return merge(client.gather(futures))
        except (OSError, KilledWorker, CancelledError) as error:
            raise _failed(scheduler, error) from error


def _failed(scheduler: str, error: Exception) -> BadInputError:
    reason = str(error) or type(error).__name__
    return BadInputError("settings.scheduler", scheduler=scheduler, reason=reason[:200])


def _dealt(asked: I32, lots: int) -> list[I32]:
    # whole blocks, one after the other to each lot
    blocks = np.arange(len(asked)) // BLOCK
    return [asked[blocks % lots == lot] for lot in range(min(lots, int(blocks.max(initial=0)) + 1))]


def _cores() -> int:
    # those that this process may use, where the system tells
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_in(asked: I32, n: int) -> bool:
    # who is none of the topology is named by the work itself
    return not len(asked) or bool(asked[0] >= 0 and asked[-1] < n)


def _failures(topology: Topology, seeds: I32, services: I32, weights: NDArray[np.int64] | None) -> Failures:
    return single_failures(topology, seeds, services, weights)


def _added(parts: Sequence[I32]) -> I32:
    found: I32 = np.sum(parts, axis=0, dtype=np.int32)
    return found
