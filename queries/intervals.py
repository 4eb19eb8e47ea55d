"""Half-open intervals of time, [start, end), in UTC: united, met, taken away, counted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Interval(NamedTuple):
    """From `start` on, up to `end` and without it; both moments with a zone."""

    start: datetime
    end: datetime


def united(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same moments as disjoint intervals in order: overlapping and touching ones are one, empty ones none.

    Examples
    --------
    >>> from datetime import UTC
    >>> hour = [datetime(2026, 11, 28, h, tzinfo=UTC) for h in range(4)]
    >>> [(i.start.hour, i.end.hour) for i in united([Interval(hour[1], hour[3]), Interval(hour[0], hour[2])])]
    [(0, 3)]
    """
    found: list[Interval] = []
    for start, end in sorted(i for i in intervals if i.start < i.end):
        if found and start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Interval(start, end))
    return tuple(found)


def common(some: Sequence[Interval], others: Sequence[Interval]) -> tuple[Interval, ...]:
    """The moments that are in both; both disjoint and in order, and so is the answer."""
    return tuple(_common(some, others))


def _common(some: Sequence[Interval], others: Sequence[Interval]) -> Iterator[Interval]:
    i = j = 0
    while i < len(some) and j < len(others):
        start, end = max(some[i].start, others[j].start), min(some[i].end, others[j].end)
        if start < end:
            yield Interval(start, end)
        if some[i].end <= others[j].end:
            i += 1
        else:
            j += 1


def without(some: Sequence[Interval], others: Sequence[Interval]) -> tuple[Interval, ...]:
    """The moments of `some` that are in none of the others; both disjoint and in order."""
    if not some:
        return ()
    gaps, since = [], some[0].start
    for each in others:
        gaps.append(Interval(since, each.start))
        since = max(since, each.end)
    gaps.append(Interval(since, max(since, some[-1].end)))
    return common(some, united(gaps))


def seconds(intervals: Iterable[Interval]) -> int:
    """How long disjoint intervals are together, in whole seconds, what is less than one dropped at the end."""
    return sum((each.end - each.start for each in intervals), timedelta()) // timedelta(seconds=1)
