"""Values as people write them, as the store keeps them (INTERFACES: ids, durations, times, quorums).

Every parser takes text (or a JSON scalar) and returns the one kept form, or raises `ValueRefused` with a key of
`api/texts/*/values.toml` and what was wrong.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from graph.errors import Message, ParamValue

Scalar = str | int | float | bool
Value = Scalar | list[str]
State = dict[str, Value]  # the fields of one CI, relationship or record, as kept

LONGEST_TEXT = 1_000_000  # characters of one cell (INTERFACES: a cell over 1 MB cannot be read)
SHOWN_TEXT = 60  # characters of a refused value that a message repeats
MAX_INTEGER = 2**63 - 1  # what Bolt carries
LONGEST_DURATION = 100 * 366 * 86_400  # seconds; a century, past which a recovery time is a typing error
# zero width, bidi embedding and override, isolates, byte order mark: invisible in a review, so refused in ids and names
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u061c]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ID_FORBIDDEN = re.compile(r"[\s|=\x00-\x1f\x7f-\x9f]")
_ISO_DURATION = re.compile(
    r"P(?:(?P<w>\d{1,9})W)?(?:(?P<d>\d{1,9})D)?(?:T(?:(?P<h>\d{1,9})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9})S)?)?",
    re.ASCII,  # here and below: digits of other scripts are for people to read, not for files
)
_SHORT_DURATION = re.compile(r"(\d{1,9})([wdhms])(?: ?(\d{1,9})([dhms]))?(?: ?(\d{1,9})([hms]))?", re.ASCII)
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_PERCENT = re.compile(r"(\d{1,9})(?:\.0+)? ?%", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_TRUE, _FALSE = frozenset({"true", "yes", "1", "y", "是"}), frozenset({"false", "no", "0", "n", "否"})


class ValueRefused(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """A value that cannot be kept: why, as a message."""

    def __init__(self, key: str, **params: ParamValue) -> None:
        super().__init__(key)
        self.message = Message(f"values.{key}", params)


def shown(text: object) -> str:
    """A refused value as a message may repeat it: short, without control, invisible or half characters."""
    whole = str(text)[: SHOWN_TEXT + 1].encode("utf-8", "replace").decode()
    plain = INVISIBLE.sub("�", CONTROL.sub("�", whole.replace("\n", " ")))
    return plain if len(plain) <= SHOWN_TEXT else plain[:SHOWN_TEXT] + "…"


def parse_text(text: str, *, name: bool = False) -> str:
    """Text in NFC without NUL, control characters and lone surrogates; as a `name` also without invisible ones."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueRefused("surrogate", value=shown(text)) from error
        text = unicodedata.normalize("NFC", text)
    if CONTROL.search(text):
        raise ValueRefused("control_character", value=shown(text))
    if name and INVISIBLE.search(text):
        raise ValueRefused("invisible_character", value=shown(text))
    if len(text) > LONGEST_TEXT:
        raise ValueRefused("too_long", length=len(text), longest=LONGEST_TEXT)
    return text


def parse_id(text: str) -> str:
    """An id of INTERFACES: 1 to 200 characters, NFC, no white space, bar, `=`, control or invisible character."""
    kept = parse_text(text, name=True) if not text.isascii() else text
    if not kept:
        raise ValueRefused("id_empty")
    if len(kept) > 200:
        raise ValueRefused("id_too_long", value=shown(kept), length=len(kept))
    if _ID_FORBIDDEN.search(kept):
        raise ValueRefused("id_character", value=shown(kept))
    return kept


def parse_duration(text: str | float) -> int:
    """Whole seconds of an ISO 8601 duration (`PT4H`, `P1DT30M`, `P2W`) or of `4h`, `30m`, `1d 4h`.

    JSON numbers are seconds. Months and years are refused: they have no length.
    """
    if isinstance(text, bool | int | float):
        return _whole_seconds(text)
    written = text.strip()
    if len(written) > 60:
        raise ValueRefused("duration", value=shown(written))
    iso = _ISO_DURATION.fullmatch(written.upper())
    if iso and any(iso.groups()) and not written.upper().endswith("T"):
        seconds = sum(int(count) * _SECONDS[unit] for unit, count in iso.groupdict().items() if count)
    else:
        short = _SHORT_DURATION.fullmatch(written.lower())
        if not short:
            raise ValueRefused("duration", value=shown(written))
        parts = short.groups()
        seconds = sum(int(parts[i]) * _SECONDS[parts[i + 1]] for i in range(0, 6, 2) if parts[i])
    return _bounded_seconds(seconds, written)


def _whole_seconds(value: float) -> int:
    if isinstance(value, bool) or not math.isfinite(value) or value != int(value) or value < 0:
        raise ValueRefused("duration", value=shown(value))
    return _bounded_seconds(int(value), value)


def _bounded_seconds(seconds: int, written: object) -> int:
    if seconds > LONGEST_DURATION:
        raise ValueRefused("duration_too_long", value=shown(written))
    return seconds


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """`utc`: `2026-11-28T14:00:00Z`; `zoned`: whether the text itself carried an offset."""

    utc: str
    zoned: bool


def parse_time(text: str, zone: str) -> ParsedTime:
    """A moment: ISO 8601 with offset, else local in `zone` (IANA).

    A local time that a daylight-saving switch skips is refused; one that occurs twice needs its offset.
    """
    written = text.strip()
    try:
        moment = datetime.fromisoformat(written) if 10 <= len(written) <= 40 else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueRefused("time", value=shown(written))
    if moment.tzinfo is not None:
        return ParsedTime(utc_text(moment), zoned=True)
    zoned = moment.replace(tzinfo=zone_of(zone))
    if zoned.utcoffset() != zoned.replace(fold=1).utcoffset():
        skipped = zoned.astimezone(UTC).astimezone(zoned.tzinfo).replace(tzinfo=None) != moment
        raise ValueRefused("time_skipped" if skipped else "time_twice", value=shown(written), zone=zone)
    return ParsedTime(utc_text(zoned), zoned=False)


def zone_of(zone: str) -> ZoneInfo:
    """The IANA zone of that name; refused when there is none."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueRefused("zone", value=shown(zone)) from error


def utc_text(moment: datetime) -> str:
    """A moment in the one kept form: UTC, `Z`, microseconds only where there are some."""
    try:
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except OverflowError as error:
        raise ValueRefused("time", value=shown(moment)) from error


def parse_date(text: str) -> str:
    """A calendar day, `2026-11-28`."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise ValueRefused("date", value=shown(text)) from error


def parse_clock(text: str) -> str:
    """A time of day, `08:30` or `24:00`."""
    if not _CLOCK.fullmatch(text.strip()):
        raise ValueRefused("clock", value=shown(text))
    return text.strip()


def parse_integer(text: str | float, low: int | None = None, high: int | None = None) -> int:
    """A whole number within `low` … `high` and 64 bits."""
    if isinstance(text, bool) or (isinstance(text, str) and not _INTEGER.fullmatch(text.strip())):
        raise ValueRefused("integer", value=shown(text))
    if isinstance(text, float) and not text.is_integer():
        raise ValueRefused("integer", value=shown(text))
    number = int(text)
    least, most = -MAX_INTEGER if low is None else low, MAX_INTEGER if high is None else high
    if not least <= number <= most:
        raise ValueRefused("out_of_range", value=shown(text), low=least, high=most)
    return number


def parse_number(text: str | float, low: float | None = None, high: float | None = None) -> float:
    """A finite number within `low` … `high`."""
    refused = isinstance(text, bool) or (isinstance(text, str) and ("_" in text or not text.isascii()))
    try:
        number = math.nan if refused else float(text)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueRefused("number", value=shown(text))
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueRefused("out_of_range", value=shown(text), low=low, high=high)
    return number + 0.0  # -0.0 and 0.0 are one value


def parse_boolean(text: str | bool) -> bool:
    """Yes or no."""
    if isinstance(text, bool):
        return text
    lowered = str(text).strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueRefused("boolean", value=shown(text))


def parse_choice(text: str, choices: Sequence[str]) -> str:
    """One of the declared words."""
    word = text.strip().lower()
    if word not in choices:
        raise ValueRefused("choice", value=shown(text), choices=", ".join(choices))
    return word


def parse_quorum(text: str | int) -> str:
    """`min_available` as kept: `all`, a count of at least 1, or a percentage of 1 to 100."""
    written = str(text).strip().lower()
    if written == "all":
        return written
    percent = _PERCENT.fullmatch(written)
    if percent:
        share = int(percent.group(1))
        if not 1 <= share <= 100:
            raise ValueRefused("quorum_percent", value=shown(written))
        return f"{share}%"
    if isinstance(text, bool) or not _COUNT.fullmatch(written) or int(written) == 0:
        raise ValueRefused("quorum", value=shown(written))
    return str(int(written))


def needed_of(quorum: str | None, members: int) -> int:
    """How many of `members` (those not retired) a quorum asks for, in integers (SEMANTICS 1).

    `None` and `all` ask for every member; a count above `members` asks for every member (`quorum_impossible`).
    """
    if quorum is None or quorum == "all":
        return members
    if quorum.endswith("%"):
        return -(-int(quorum[:-1]) * members // 100)
    return min(int(quorum), members)


def duration_text(seconds: int) -> str:
    """The ISO 8601 form that files carry: hours, minutes and seconds (`PT52H`), `PT0S` for none."""
    rest = timedelta(seconds=seconds)
    hours, remainder = divmod(int(rest.total_seconds()), 3_600)
    minutes, last = divmod(remainder, 60)
    shown_parts = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (last, "S")) if n)
    return f"PT{shown_parts or '0S'}"
