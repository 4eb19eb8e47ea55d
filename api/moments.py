"""Moments and ranges as a person writes them."""

from datetime import UTC, datetime

from graph.errors import BadInputError
from graph.values import ValueRefused, parse_time


def moment_of(text: str, zone: str, option: str) -> datetime:
    """A moment as a person writes it. Raises BadInputError `ledgers.bad_time` naming the option."""
    try:
        return datetime.fromisoformat(parse_time(text, zone).utc)
    except ValueRefused as refused:
        raise BadInputError("ledgers.bad_time", option=option, value=text[:60]) from refused


def utc_text(moment: datetime) -> str:
    """A moment as the store writes and compares it: in UTC, to the microsecond, every part padded."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def with_offset(moment: datetime) -> datetime:
    """A moment of the API. Raises BadInputError `door.as_of` for one without an offset, which could be any."""
    if moment.tzinfo is None:
        raise BadInputError("door.as_of", value=moment.isoformat())
    return moment


def range_of(start: str, end: str, zone: str) -> tuple[datetime, datetime]:
    """From and to. Raises BadInputError where the range is reversed or empty."""
    low, high = moment_of(start, zone, "--from"), moment_of(end, zone, "--to")
    if low == high:
        raise BadInputError("ledgers.empty_range", start=start[:60])
    if low > high:
        raise BadInputError("ledgers.reversed_range", start=start[:60], end=end[:60])
    return low, high


def asked_at(text: str | None, zone: str) -> datetime:
    """The moment of a question: that of `--at`, else now."""
    return datetime.now(UTC) if text is None else moment_of(text, zone, "--at")
