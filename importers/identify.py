"""Identification rules: no two CIs of a class share what identifies them (SEMANTICS 7, clause 11.1 c)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from graph.errors import Message
from graph.history import CI
from graph.ontology import Ontology
from graph.store.conflicts import IDENTITY, Conflict, Match, apart, decisions
from graph.values import Value, shown
from importers.lookup import Lookup
from importers.model import Finding, Weight
from importers.plan import KEPT, Plan
from importers.rows import CiRow
from importers.spool import BLOCK

Rule = tuple[str, ...]
What = tuple[str, Rule, tuple[Value, ...]]  # a class, one of its rules, and values
Rows = list[tuple[int, CiRow]]
LISTED = 20  # other CIs that a conflict names for one rule; more are counted
GIVEN, LONGEST = 40, 200  # fields of a row that a conflict shows, and characters of a value


def settle_identities(plan: Plan, store: Lookup, ontology: Ontology) -> None:
    """Report, and leave out, every CI whose identifying fields say that it is another one.

    A `ci_id` names a CI; the rules of its class must not contradict it. Where they do, in the input or against the
    store, nobody can say which is meant: all rows concerned are conflicts for a person. Those that a person has said
    to be different things share what they like.
    """
    found = _identified(plan, store, ontology)
    shared = _shared(store, found)
    if not shared:
        return
    known = apart(decisions(store))
    rows: dict[int, CiRow] = {}
    matches: dict[int, list[Match]] = defaultdict(list)
    for what, keys in shared.items():
        listed = sorted(keys)
        for number, row in found[what]:
            match = _match(what, row.key, listed, known.get(row.key, set()))
            if match is not None:
                rows[number] = row
                matches[number].append(match)
    named = {other for some in matches.values() for match in some for other in match.others}
    own = {row.key for _, row in plan.spools["ci"].rows() if row.key in named} if named else set()
    for number, row in rows.items():
        _conflict(plan, number, row, matches[number], own)


def _identified(plan: Plan, store: Lookup, ontology: Ontology) -> dict[What, Rows]:
    found: dict[What, Rows] = defaultdict(list)
    said = {name for kind in ontology.classes.values() for rule in kind.identify for name in rule}
    pending = plan.rows("ci")
    while block := list(islice(pending, BLOCK)):
        kept = store.kept(CI, [row.key for _, row in block if _is_partial(row, ontology, said)])
        for number, row in block:
            # what the row leaves out is as it is kept
            fields = {**kept[row.key].thing.state, **row.given} if row.key in kept else row.given
            kind = ontology.classes.get(str(fields.get("ci_class", "")))
            for rule in kind.identify if kind else ():
                if all(name in fields and name not in row.cleared for name in rule):
                    found[str(kind and kind.id), rule, _values(fields, rule)].append((number, row))
    return found


def _is_partial(row: CiRow, ontology: Ontology, said: set[str]) -> bool:
    # whether it identifies something only together with what is kept
    if not said & row.given.keys():
        return False
    kind = ontology.classes.get(str(row.given.get("ci_class", "")))
    return kind is None or any(0 < len(row.given.keys() & set(rule)) < len(rule) for rule in kind.identify)


def _values(fields: Mapping[str, Value], rule: Rule) -> tuple[Value, ...]:
    return tuple(v if not isinstance(v := fields.get(name, ""), list) else "|".join(v) for name in rule)


def _shared(store: Lookup, found: Mapping[What, Rows]) -> dict[What, set[str]]:
    """What several CIs have alike, of the input or of the register, with their ids."""
    shared: dict[What, set[str]] = {}
    for what, rows in found.items():
        if len(rows) > 1 and len(keys := {row.key for _, row in rows}) > 1:
            shared[what] = keys
    for what, key in _in_store(store, found):
        shared.setdefault(what, {row.key for _, row in found[what]}).add(key)
    return shared


def _in_store(store: Lookup, found: Mapping[What, Rows]) -> Iterator[tuple[What, str]]:
    # CIs of the register that have what a row of another id has
    by_property: dict[str, set[Value]] = defaultdict(set)
    for _, rule, values in found:
        by_property[rule[0]].add(values[0])
    holders: dict[tuple[str, Value], list[str]] = defaultdict(list)
    for name, values_of in by_property.items():
        listed = sorted(values_of, key=str)
        for start in range(0, len(listed), 5_000):
            some = listed[start : start + 5_000]
            for holder in store.rows("ci_by_property", name, values=some):
                holders[name, holder["value"]].append(holder["key"])
    maybe: dict[What, list[str]] = {}
    for what, rows in found.items():
        others = [key for key in holders.get((what[1][0], what[2][0]), ()) if any(row.key != key for _, row in rows)]
        if others:
            maybe[what] = others
    kept = store.kept(CI, {key for keys in maybe.values() for key in keys})
    for (class_name, rule, values), keys in maybe.items():
        for key in keys:
            state = kept[key].thing.state if key in kept else {}
            if state.get("ci_class") == class_name and _values(state, rule) == values:
                yield (class_name, rule, values), key


def _match(what: What, key: str, listed: Sequence[str], known: set[str]) -> Match | None:
    count = len(listed) - 1 - len(known.intersection(listed) if known else ())
    if not count:
        return None
    others = islice((other for other in listed if other != key and other not in known), LISTED)
    class_name, rule, values = what
    return Match(class_name, rule, tuple(str(value)[:LONGEST] for value in values), tuple(others), count)


def _conflict(plan: Plan, number: int, row: CiRow, matches: Sequence[Match], own: set[str]) -> None:
    plan.left_out["ci"].add(number)
    match = matches[0]
    params = {
        "ci_id": shown(row.key),
        "others": ", ".join(map(shown, match.others[:5])),
        "rule": " + ".join(match.rule),
        "values": shown(" + ".join(match.values)),
    }
    place = plan.place(row)
    plan.conflicts.append(Finding(Weight.REJECTED, place, Message("row.identity", params), match.rule[0]))
    # of what is only counted nothing is shown
    fields = sorted(row.given.items())[:GIVEN] if len(plan.questions) < KEPT else []
    given = {name: _text(value) for name, value in fields}
    rows = tuple(sorted(own.intersection(other for match in matches for other in match.others)))
    scope = plan.scopes[row.scope]
    plan.ask(Conflict(IDENTITY, scope, row.key, place.file, place.line, tuple(matches), given, rows))


def _text(value: Value) -> str:
    return ("|".join(value) if isinstance(value, list) else str(value))[:LONGEST]
