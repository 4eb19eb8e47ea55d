"""Inputs of the schema: which CIs are wanted, and in what order."""

import hashlib
import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

import strawberry

from api.schema.cursors import decode, encode
from graph.catalogue import Condition, Key, Order, OrderField
from graph.errors import BadInputError
from graph.estate import Estate
from queries.scenarios import housed_in

MOST = 50  # conditions of one filter
LONGEST = 200  # characters of a text that is looked for
FIELDS: dict[str, OrderField] = {
    "CI_ID": "ci_id", "NAME": "name", "CI_CLASS": "ci_class", "LAST_REVISION": "last_revision",
}  # fmt: skip


@strawberry.input(description="What a CI must be: all that is given holds together.")
class CiFilter:
    """A filter."""

    text: str | None = strawberry.field(default=None, description="In its id or name, in upper or lower case.")
    ci_class: list[str] | None = strawberry.field(default=None, description="One of these classes.")
    status: list[str] | None = strawberry.field(default=None, description="`live`, `planned` or `retired`.")
    owner: str | None = strawberry.field(default=None, description="The `ciId` of the team or person that owns it.")
    site: str | None = strawberry.field(
        default=None, description="The `ciId` of a site, room or rack that it stands in, directly or not."
    )
    service: str | None = strawberry.field(
        default=None, description="The `ciId` of a service: it, and what it rests on, directly or not."
    )
    and_: "list[CiFilter] | None" = strawberry.field(name="and", default=None, description="All of these hold, too.")
    or_: "list[CiFilter] | None" = strawberry.field(
        name="or", default=None, description="One at least of these holds, too."
    )
    not_: "CiFilter | None" = strawberry.field(name="not", default=None, description="This does not hold.")


@strawberry.enum(description="By what CIs are ordered; those that are equal in it, by their identifiers.")
class CiOrderField(Enum):
    """Fields of an order."""

    CI_ID = strawberry.enum_value("ci_id", description="The identifier, by code point.")
    NAME = strawberry.enum_value("name", description="The name, by code point.")
    CI_CLASS = strawberry.enum_value("ci_class", description="The class, by its id.")
    LAST_REVISION = strawberry.enum_value("last_revision", description="The revision that changed it last.")


@strawberry.enum(description="Which way an order runs.")
class Direction(Enum):
    """Directions."""

    ASC = strawberry.enum_value("asc", description="The smallest first.")
    DESC = strawberry.enum_value("desc", description="The largest first.")


@strawberry.input(description="An order of CIs.")
class CiOrder:
    """An order."""

    field: CiOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(description="Which way.", default=Direction.ASC)

    def order(self) -> Order:
        """As the catalogue takes it."""
        return Order(FIELDS[self.field.name], self.direction is Direction.DESC)


def check_size(wanted: CiFilter | None) -> None:
    """BadInputError `server.too_much` for more conditions, or longer texts, than anybody needs."""
    for number, each in enumerate(_all(wanted), start=1):
        if number > MOST:
            raise BadInputError("server.too_much", what="filter", asked=number, most=MOST)
        if len(each.text or "") > LONGEST:
            raise BadInputError("server.too_much", what="text", asked=len(each.text or ""), most=LONGEST)


def _all(wanted: CiFilter | None) -> Iterator[CiFilter]:
    waiting = [] if wanted is None else [wanted]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [*(each.and_ or ()), *(each.or_ or ()), *([each.not_] if each.not_ else ())]


def condition_of(wanted: CiFilter | None, estate: Estate) -> Condition:
    """The condition that a filter is, at the revision of an estate; of what is nobody's nothing is found."""
    if wanted is None:
        return Condition()
    return Condition(
        text=wanted.text,
        classes=None if wanted.ci_class is None else frozenset(wanted.ci_class),
        statuses=None if wanted.status is None else frozenset(wanted.status),
        owner=wanted.owner,
        ids=_ids(wanted, estate),
        every=tuple(condition_of(each, estate) for each in wanted.and_ or ()),
        some=None if wanted.or_ is None else tuple(condition_of(each, estate) for each in wanted.or_),
        none=None if wanted.not_ is None else condition_of(wanted.not_, estate),
    )


def _ids(wanted: CiFilter, estate: Estate) -> frozenset[str] | None:
    found: list[set[str]] = []
    if wanted.site is not None:
        place = estate.find(wanted.site)
        found.append(set() if place is None else set(estate.ids.some(housed_in(estate, place))))
    if wanted.service is not None:
        service = estate.find(wanted.service)
        below = [] if service is None else [service, *estate.topology.all_providers_of([service]).tolist()]
        found.append(set(estate.ids.some(below)))
    return frozenset(set.intersection(*found)) if found else None


def question_of(wanted: CiFilter | None, order: Order) -> str:
    """A few characters that stand for a filter and an order, by which a cursor of another question is known."""
    plain = [None if wanted is None else _plain(wanted), order.field, order.descending]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _plain(wanted: CiFilter) -> dict[str, Any]:
    own = {name: getattr(wanted, name) for name in ("text", "ci_class", "status", "owner", "site", "service")}
    parts = {name: [_plain(each) for each in getattr(wanted, name) or ()] for name in ("and_", "or_")}
    return {**own, **parts, "or": wanted.or_ is None, "not": None if wanted.not_ is None else _plain(wanted.not_)}


def cursor_of(key: Key, question: str) -> str:
    """The cursor of a CI in the order of a question."""
    return encode("cis", json.dumps([question, *key], ensure_ascii=False))


def key_of(cursor: str, question: str, order: Order) -> Key:
    """What `cursor_of` made; BadInputError `server.cursor` for that of another question."""
    try:
        found = json.loads(decode("cis", cursor))
    except ValueError:
        found = None
    kind = int if order.field == "last_revision" else str
    match found:
        case [str(asked), value, str(ci_id)] if asked == question and type(value) is kind:
            return value, ci_id
        case _:
            raise BadInputError("server.cursor", cursor=cursor[:60])
