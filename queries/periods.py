"""Periods in which nothing may be changed, or only then: blackouts, maintenance windows, agreed outages (SEMANTICS 5).

A window is a change's concern if its scope is everything, or names a CI that the change touches or one that rests on
it, however loosely: who touches what the ledger rests on at the end of a month touches the ledger.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from graph.errors import BadInputError, ParamValue
from graph.estate import Estate
from graph.records.windows import EVERYTHING, Window
from graph.topology import CiIndex, Topology
from queries.intervals import Interval, common, united, without
from queries.kernels.concern import carry_up
from queries.parties import Party
from queries.planned import Reason, moment_of
from queries.recurrence import occurrences

BLACKOUT_WINDOW, MAINTENANCE, AGREED = "blackout", "maintenance", "agreed_outage"


@dataclass(frozen=True, slots=True)
class Period:
    """When a window is, within a horizon; `cis`: its scope, `None`: everything; `change_id`: for whom it is."""

    window_id: str
    kind: str
    cis: frozenset[CiIndex] | None
    times: tuple[Interval, ...]
    change_id: str | None


@dataclass(frozen=True, slots=True)
class Met:
    """A change that meets a period, or misses it: when, and the CIs by which it is its concern."""

    party: int
    times: tuple[Interval, ...]
    cis: frozenset[CiIndex]
    window_id: str | None = None


def periods(
    estate: Estate, windows: Iterable[Window], since: datetime, until: datetime, zone: str
) -> tuple[list[Period], list[Reason]]:
    """When windows are within a horizon; and those that cannot be read or name no CI of the register, as reasons."""
    found, reasons = [], []
    for window in windows:
        try:
            times = united(occurrences(window, since, until, zone))
        except BadInputError as refused:
            problem = refused.message
            params = {**problem.params, "window": window.window_id, "problem": problem.key}
            reasons.append(Reason("conflicts.window_unreadable", params, gap=True))
            continue
        numbers = {ci_id: estate.find(ci_id) for ci_id in window.scope if ci_id != EVERYTHING}
        for ci_id in sorted(ci_id for ci_id, number in numbers.items() if number is None):
            named: dict[str, ParamValue] = {"window": window.window_id, "ci_id": ci_id}
            reasons.append(Reason("conflicts.window_unknown_ci", named, gap=False))
        cis = None if EVERYTHING in window.scope else frozenset(n for n in numbers.values() if n is not None)
        found.append(Period(window.window_id, window.kind, cis, times, window.change_id))
    return found, reasons


def concerned(topology: Topology, parties: Sequence[Party], scoped: Iterable[CiIndex]) -> list[frozenset[CiIndex]]:
    """Of each party which of some CIs it touches, or something that they rest on."""
    csr = topology.csr
    asked = np.fromiter(sorted(scoped), np.int32)
    found: list[frozenset[CiIndex]] = []
    for start in range(0, len(parties) if len(asked) else 0, 64):
        some = parties[start : start + 64]
        bits = np.zeros(topology.n, np.uint64)
        for at, party in enumerate(some):
            places = csr.place[[ci for ci in party.touched if ci < topology.n]]
            bits[places] |= np.uint64(1) << np.uint64(at)
        carry_up(csr.beg, csr.end, csr.to, bits)
        mine = bits[csr.place[asked]]
        found += [frozenset(asked[(mine >> np.uint64(at)) & np.uint64(1) > 0].tolist()) for at in range(len(some))]
    return found or [frozenset()] * len(parties)


def blackouts_hit(
    parties: Sequence[Party], concerns: Sequence[frozenset[CiIndex]], found: Iterable[Period], horizon: Interval
) -> list[Met]:  # fmt: skip
    """Changes whose window meets a blackout that is their concern."""
    met = []
    for period in found:
        for number, party in enumerate(parties) if period.kind == BLACKOUT_WINDOW else ():
            # who names nothing that is known is not free of what is of everything
            cis = party.touched if period.cis is None else concerns[number] & period.cis
            concern = party.is_change and (period.cis is None or bool(cis))
            times = common(window_of(party, horizon), period.times) if concern else ()
            if times:
                met.append(Met(number, times, cis, period.window_id))
    return met


def maintenance_missed(
    parties: Sequence[Party], concerns: Sequence[frozenset[CiIndex]], found: Sequence[Period], horizon: Interval
) -> list[Met]:  # fmt: skip
    """Changes whose window is not wholly in the maintenance windows of each CI that is their concern and has some.

    A maintenance window of everything is one of every CI.
    """
    everywhere, own = _maintained(found)
    met = []
    for number, party in enumerate(parties):
        window = window_of(party, horizon)
        if not party.is_change or not window:
            continue
        allowed: dict[tuple[Interval, ...], set[CiIndex]] = {}
        for ci in concerns[number] & own.keys():
            allowed.setdefault(own[ci], set()).add(ci)
        if everywhere is not None:
            allowed.setdefault(everywhere, set()).update(party.touched)
        for times, cis in allowed.items():
            missed = without(window, times)
            if missed:
                met.append(Met(number, missed, frozenset(cis)))
    return met


def _maintained(found: Sequence[Period]) -> tuple[tuple[Interval, ...] | None, dict[CiIndex, tuple[Interval, ...]]]:
    # when everything is maintained, if ever that is said, and when each CI that is named
    some = [period for period in found if period.kind == MAINTENANCE]
    star = [period for period in some if period.cis is None]
    everywhere = united(time for period in star for time in period.times) if star else None
    own: dict[CiIndex, list[Interval]] = {}
    for period in some:
        for ci in period.cis or ():
            own.setdefault(ci, []).extend(period.times)
    known: dict[tuple[Interval, ...], tuple[Interval, ...]] = {}
    for ci, times in own.items():
        key = tuple(times)
        if key not in known:
            known[key] = united([*times, *(everywhere or ())])
        own[ci] = list(known[key])
    return everywhere, {ci: tuple(times) for ci, times in own.items()}


def agreed_times(found: Iterable[Period], service: CiIndex, change_ids: Iterable[str]) -> tuple[Interval, ...]:
    """When the outage of a service is agreed, for one of these changes or for any.

    Several may make up one that is long enough. A scope of everything is of every service; a CI that the service rests
    on is not the service.

    Examples
    --------
    >>> from datetime import UTC
    >>> night = Interval(datetime(2026, 11, 28, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC))
    >>> agreed_times([Period("W-1", AGREED, None, (night,), "CHG-1")], 7, ["CHG-1"]) == (night,)
    True
    """
    names = set(change_ids)
    return united(
        time
        for period in found
        if period.kind == AGREED
        and (period.change_id is None or period.change_id in names)
        and (period.cis is None or service in period.cis)
        for time in period.times
    )


def window_of(party: Party, horizon: Interval) -> tuple[Interval, ...]:
    """The part of a party's window that lies in the horizon."""
    start = max(moment_of(party.start), horizon.start)
    end = horizon.end if party.end is None else min(moment_of(party.end), horizon.end)
    return (Interval(start, end),) if start < end else ()
