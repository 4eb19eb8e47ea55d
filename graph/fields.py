"""Fields as found → fields as kept: one parser for all declared fields that are read alike, made once."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import orjson

from graph.canonical import canonical
from graph.ontology import Field
from graph.values import (
    Value,
    ValueRefused,
    parse_boolean,
    parse_choice,
    parse_clock,
    parse_date,
    parse_duration,
    parse_id,
    parse_integer,
    parse_number,
    parse_quorum,
    parse_text,
    shown,
    zone_of,
)

EFFECTS = ("outage", "degraded", "retire")
SCALARS = ("duration", "integer", "number", "boolean", "quorum")  # types whose parsers take JSON's own scalars too
EVERYTHING = "*"  # a window's scope: all CIs
SHORT = 200  # characters of a text worth remembering
REMEMBERED = 4_096  # texts of one parser whose kept values are remembered; most columns say few things
Parser = Callable[[Any], Value]
Raw = str | int | float | bool | list[str] | None  # a value as found; `None` clears the field


def parser_of(field: Field) -> Parser:
    """The function that turns a found value of this field into the kept one, or raises ValueRefused.

    Times are not here: they need the zone of what they stand in (`graph.values.parse_time`).
    """
    return _parser(field.type, field.low, field.high, field.choices)


@lru_cache
def _parser(kind: str, low: float | None, high: float | None, choices: tuple[str, ...]) -> Parser:
    bounded: Mapping[str, Parser] = {
        "integer": partial(_integer, low=low, high=high),
        "number": partial(parse_number, low=low, high=high),
        "choice": partial(_choice, choices=choices),
    }
    parser = bounded.get(kind) or _PARSERS[kind]
    if kind in SCALARS:
        parser = _scalar(parser)
    # names differ from row to row, and JSON may be long
    return parser if kind in ("name", "json") else _remembering(parser)


def _scalar(parser: Parser) -> Parser:
    def parse(found: Any) -> Value:
        if isinstance(found, list | dict):
            raise ValueRefused("text", value=shown(found))
        return parser(found)

    return parse


def _remembering(parser: Parser) -> Parser:
    of_text = lru_cache(REMEMBERED)(parser)
    # only texts: 1, 1.0 and true are one key
    return lambda found: of_text(found) if type(found) is str and len(found) <= SHORT else parser(found)


def kept_text(found: Raw) -> str:
    """Any scalar as text."""
    if isinstance(found, str):
        return parse_text(found)
    if isinstance(found, list):
        return parse_text("|".join(str(item) for item in found))
    if isinstance(found, dict):
        raise ValueRefused("text", value=shown(found))
    return str(found).lower() if isinstance(found, bool) else str(found)


def _name(found: Raw) -> str:
    return parse_text(kept_text(found).strip(), name=True)


def _integer(found: Any, low: float | None, high: float | None) -> int:
    return parse_integer(found, None if low is None else int(low), None if high is None else int(high))


def _choice(found: Raw, choices: tuple[str, ...]) -> str:
    return parse_choice(kept_text(found), choices)


def _id(found: Raw) -> str:
    return parse_id(kept_text(found))


def _listed(found: Raw) -> list[str]:
    parts = found if isinstance(found, list) else kept_text(found).split("|")
    for part in parts:
        # a bar separates the items of a list wherever it is written as one text
        if not isinstance(part, str) or "|" in part:
            raise ValueRefused("item", value=shown(part))
    return sorted({part.strip() for part in parts if part.strip()})


def _ids(found: Raw) -> list[str]:
    return [parse_text(part, name=True) for part in _listed(found)]


def _cis(found: Raw) -> list[str]:
    return [part if part == EVERYTHING else parse_id(part) for part in _listed(found)]


def _affected(found: Raw) -> list[str]:
    kept = []
    for part in _listed(found):
        ci_id, separator, effect = part.partition("=")
        if separator and effect not in EFFECTS:
            raise ValueRefused("choice", value=shown(effect), choices=", ".join(EFFECTS))
        kept.append(parse_id(ci_id.strip()) + separator + effect)
    return kept


def _json(found: Raw | dict[str, Any]) -> str:
    try:
        return canonical(orjson.loads(found) if isinstance(found, str) else found).decode()
    except (orjson.JSONDecodeError, TypeError, RecursionError) as error:
        raise ValueRefused("json", value=shown(found)) from error


def _zone(found: Raw) -> str:
    return zone_of(kept_text(found).strip()).key


_PARSERS: Mapping[str, Parser] = {
    "text": kept_text,
    "name": _name,
    "duration": parse_duration,
    "date": lambda found: parse_date(kept_text(found)),
    "clock": lambda found: parse_clock(kept_text(found)),
    "boolean": parse_boolean,
    "ci": _id,
    "id": _id,
    "cis": _cis,
    "affected": _affected,
    "ids": _ids,
    "json": _json,
    "zone": _zone,
    "quorum": parse_quorum,
}
