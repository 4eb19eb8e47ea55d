"""How much a document may ask: tokens, fragments, depth, fields, aliases, directives and cost.

Each fragment is looked at once however often it is spread, and nothing recurses: what a document asks for is known in
time proportional to its length, and before anything else looks at it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from graph.errors import BadInputError

PAGE, LARGEST_PAGE = 50, 500  # nodes of a page where none is asked for, and at the most
LARGEST: ContextVar[int] = ContextVar("largest", default=LARGEST_PAGE)  # at the most by the settings of a server
# lists without pages count as if they held so many, so that none is free; what they hold is counted when it is read
LISTS = {
    "redundancyGroups": 10, "members": 10, "witness": 10, "services": 100, "paths": 10, "search": 20, "cis": 10,
    "via": 5, "history": 20, "points": 50, "margins": 50, "cuts": 50, "sharedFates": 50, "criticalPath": 20,
    "improvement": 20, "waves": 20, "scenarios": 20, "kpis": 12, "trend": 12, "records": 20, "updates": 3,
    "obligations": 5, "items": 20, "classes": 40, "relationshipTypes": 20, "recordTypes": 40,
    "tiers": 10, "principals": 100, "tokens": 10, "accessChanges": 100, "largest": 8,
    "since": 5, "groups": 20, "flags": 10, "cycles": 3, "pointsAdded": 5, "pointsRemoved": 5, "warnings": 5,
    "criticalServices": 20, "changes": 20, "collisions": 20, "written": 10, "byClass": 20, "seeds": 10,
    "matches": 2, "candidates": 5, "rule": 3, "values": 3, "rules": 3, "feeds": 10, "bands": 20,
}  # fmt: skip
# what is computed for a field, in fields that are only read
WEIGHTS = {
    "explore": 5_000, "impact": 2_000, "search": 500, "paths": 500,
    "singlePointsOfFailure": 2_000, "continuity": 2_000, "kpis": 2_000,
    "unmatchedChanges": 2_000, "providers": 10, "dependents": 10, "redundancyGroups": 10, "history": 20,
    "leftWithoutRedundancy": 20, "certificate": 50, "owner": 2, "site": 2, "__schema": 20_000, "__type": 500,
    "upsertCis": 1_000, "retireCi": 1_000, "relate": 1_000, "unrelate": 1_000, "undoRevision": 1_000,
    "editCi": 3_000, "relationships": 10,
    "importProgress": 1_000, "startImport": 1_000, "appendImport": 1_000, "finishImport": 2_000,
    "overview": 500, "loadExample": 5_000, "resolveConflict": 1_000, "since": 500,
    "changeVerdicts": 5_000, "changeCalendar": 2_000, "createFeed": 1_000, "revokeFeed": 1_000,
}  # fmt: skip
HOW_MANY = ("first", "most")  # arguments that say how many are wanted
DOCUMENTS = 64  # that were asked lately and are not read again; more than the pages have
PAGES = ("nodes", "edges")  # a field with one of these below it is a page
NUMBER, DIGITS = re.compile("[0-9]+"), 1_000  # digits of one number
TOO_MANY_TOKENS = "tokens. Parsing aborted"  # what the parser says
COUNTED = ("fields", "aliases", "directives", "cost")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a document or a part of it asks for, fragments counted as often as they are spread.

    `depth`: levels of fields. `cost`: a field is 1, and what is below a page counts as often as the page has nodes.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is answered; a page of ours asks for a tenth, and the introspection of every tool for less."""

    tokens: int = 2_000
    fragments: int = 50
    depth: int = 20
    fields: int = 500
    aliases: int = 50
    directives: int = 50
    cost: int = 100_000
    page: int = LARGEST_PAGE  # nodes of a page, however many are asked for


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that asks for no more than it may."""

    document: DocumentNode
    cost: int


def check(text: str, variables: Mapping[str, Any] | None, limits: Limits) -> Checked | None:
    """The document, if it asks for no more; `None` for one that cannot be read, which whoever executes it will say.

    Raises
    ------
    BadInputError
        `server.too_much`: which limit, how much was asked and how much may be; `server.circular_fragments`.
    """
    # Python reads no number of more than 4,300, nor does whoever executes the document
    digits = max(map(len, NUMBER.findall(text)), default=0)
    if digits > DIGITS:
        raise BadInputError("server.too_much", what="digits", asked=digits, most=DIGITS)
    try:
        document = _parsed(text, limits.tokens)
    except GraphQLSyntaxError as error:
        if TOO_MANY_TOKENS in error.message:
            raise BadInputError(
                "server.too_much", what="tokens", asked=limits.tokens + 1, most=limits.tokens
            ) from error
        return None
    fragments = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
    _keep("fragments", len(fragments), limits)
    asked = measured(document, variables)
    for name in ("depth", *COUNTED):
        _keep(name, getattr(asked, name), limits)
    return Checked(document, asked.cost)


@lru_cache(DOCUMENTS)
def _parsed(text: str, tokens: int) -> DocumentNode:
    return parse(text, no_location=True, max_tokens=tokens)


def _keep(name: str, asked: int, limits: Limits) -> None:
    most = getattr(limits, name)
    if asked > most:
        raise BadInputError("server.too_much", what=name, asked=min(asked, 2**53), most=most)


def measured(document: DocumentNode, variables: Mapping[str, Any] | None = None) -> Asked:
    """What all operations of a document ask for together; BadInputError where fragments are circular."""
    fragments: dict[str, FragmentDefinitionNode] = {}
    operations = []
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            fragments.setdefault(definition.name.value, definition)
        elif isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
    known: dict[str, Asked] = {}
    given = variables or {}
    for name in _providers_first(fragments):
        own = len(fragments[name].directives or ())
        known[name] = _plus(_of(fragments[name].selection_set, known, {}, given), directives=own)
    total = Asked()
    for operation in operations:
        defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}
        own = len(operation.directives or ()) + sum(
            len(each.directives or ()) for each in operation.variable_definitions or ()
        )
        total = _joined([total, _plus(_of(operation.selection_set, known, defaults, given), directives=own)])
    return total


def _plus(asked: Asked, *, directives: int) -> Asked:
    return Asked(asked.depth, asked.fields, asked.aliases, asked.directives + directives, asked.cost, asked.is_page)


def _providers_first(fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    # names of fragments, those that one spreads before itself
    spreads = {name: list(_spread(each.selection_set, fragments)) for name, each in fragments.items()}
    done: set[str] = set()
    for start in fragments:
        walk, open_ = [(start, iter(spreads[start]))], {start}
        if start in done:
            continue
        while walk:
            name, rest = walk[-1]
            following = next((each for each in rest if each not in done), None)
            if following is None:
                walk.pop()
                open_.discard(name)
                done.add(name)
                yield name
            elif following in open_:
                raise BadInputError("server.circular_fragments", fragment=following[:60])
            else:
                open_.add(following)
                walk.append((following, iter(spreads[following])))


def _spread(selections: SelectionSetNode, fragments: Mapping[str, Any]) -> Iterator[str]:
    waiting = [selections]
    while waiting:
        for each in waiting.pop().selections:
            if isinstance(each, FragmentSpreadNode):
                if each.name.value in fragments:
                    yield each.name.value
            elif (below := getattr(each, "selection_set", None)) is not None:
                waiting.append(below)


def _of(
    selections: SelectionSetNode, known: Mapping[str, Asked], defaults: Mapping[str, Any], given: Mapping[str, Any]
) -> Asked:
    # sets of selections from the outside in, then added up from the inside out
    order = [selections]
    for each in order:
        order += [below for one in each.selections if (below := getattr(one, "selection_set", None)) is not None]
    found: dict[int, Asked] = {}
    for each in reversed(order):
        found[id(each)] = _joined(_one(one, found, known, defaults, given) for one in each.selections)
    return found[id(selections)]


def _one(
    selection: Any, found: Mapping[int, Asked], known: Mapping[str, Asked], defaults: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Asked:  # fmt: skip
    directives = len(selection.directives or ())
    if isinstance(selection, FragmentSpreadNode):
        return _plus(known.get(selection.name.value, Asked()), directives=directives)
    below = found[id(selection.selection_set)] if selection.selection_set is not None else Asked()
    if not isinstance(selection, FieldNode):
        return _plus(below, directives=directives)
    times = _nodes(selection, below, defaults, given)
    name = selection.name.value
    return Asked(
        below.depth + 1, below.fields + 1, below.aliases + (selection.alias is not None),
        below.directives + directives, WEIGHTS.get(name, 1) + times * below.cost, name in PAGES,
    )  # fmt: skip


def _nodes(field: FieldNode, below: Asked, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    # how many nodes the page has that a field is; of what is no page, one
    largest = LARGEST.get()
    value = next((each.value for each in field.arguments or () if each.name.value in HOW_MANY), None)
    if value is None:
        return min(PAGE, largest) if below.is_page else LISTS.get(field.name.value, 1)
    if isinstance(value, VariableNode):
        name = value.name.value
        asked = given.get(name) if name in given else defaults.get(name)
        if isinstance(asked, int):
            return min(max(asked, 0), largest)
        value = asked
    if isinstance(value, IntValueNode):
        # a number of thousands of digits is not even read
        return min(max(int(value.value), 0), largest) if len(value.value) < 12 else largest
    return largest


def _joined(parts: Iterable[Asked]) -> Asked:
    some = list(parts)
    sums = {name: sum(getattr(each, name) for each in some) for name in COUNTED}
    return Asked(max((each.depth for each in some), default=0), is_page=any(each.is_page for each in some), **sums)
