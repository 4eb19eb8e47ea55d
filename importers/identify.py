"""Identification rules: no two CIs of a class share what identifies them (SEMANTICS 7, clause 11.1 c)."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import islice

from graph.errors import Message
from graph.history import CI
from graph.ontology import Ontology
from graph.values import Value, shown
from importers.lookup import Lookup
from importers.model import Finding, Weight
from importers.plan import Plan
from importers.rows import CiRow
from importers.spool import BLOCK

Rule = tuple[str, ...]


def settle_identities(plan: Plan, store: Lookup, ontology: Ontology) -> None:
    """Report, and leave out, every CI whose identifying fields say that it is another one.

    A `ci_id` names a CI; the rules of its class must not contradict it. Where they do, in the input or against the
    store, nobody can say which is meant: all rows concerned are conflicts for a person.
    """
    found: dict[tuple[str, Rule, tuple[Value, ...]], list[tuple[int, CiRow]]] = defaultdict(list)
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
    for (_, rule, values), rows in found.items():
        if len({row.key for _, row in rows}) > 1:
            for number, row in rows:
                _conflict(plan, number, row, rule, values, sorted(r.key for _, r in rows if r.key != row.key))
    _against_store(plan, store, found)


def _is_partial(row: CiRow, ontology: Ontology, said: set[str]) -> bool:
    # whether it identifies something only together with what is kept
    if not said & row.given.keys():
        return False
    kind = ontology.classes.get(str(row.given.get("ci_class", "")))
    return kind is None or any(0 < len(row.given.keys() & set(rule)) < len(rule) for rule in kind.identify)


def _values(fields: Mapping[str, Value], rule: Rule) -> tuple[Value, ...]:
    return tuple(v if not isinstance(v := fields.get(name, ""), list) else "|".join(v) for name in rule)


def _against_store(
    plan: Plan, store: Lookup, found: Mapping[tuple[str, Rule, tuple[Value, ...]], list[tuple[int, CiRow]]]
) -> None:
    by_property: dict[str, set[Value]] = defaultdict(set)
    for _, rule, values in found:
        by_property[rule[0]].add(values[0])
    holders: dict[tuple[str, Value], list[str]] = defaultdict(list)
    for name, values_of in by_property.items():
        listed = sorted(values_of, key=str)
        for start in range(0, len(listed), 5_000):
            some = listed[start : start + 5_000]
            found_rows = store.rows("ci_by_property", name, values=some)
            for holder in found_rows:
                holders[name, holder["value"]].append(holder["key"])
    kept = store.kept(CI, {key for keys in holders.values() for key in keys})
    for (class_name, rule, values), rows in found.items():
        for number, row in rows:
            others = [
                key
                for key in holders.get((rule[0], values[0]), ())
                if key != row.key
                and key in kept
                and kept[key].thing.state["ci_class"] == class_name
                and _values(kept[key].thing.state, rule) == values
            ]
            if others:
                _conflict(plan, number, row, rule, values, others)


def _conflict(plan: Plan, number: int, row: CiRow, rule: Rule, values: tuple[Value, ...], others: list[str]) -> None:
    if number in plan.left_out["ci"]:
        return
    plan.left_out["ci"].add(number)
    params = {
        "ci_id": shown(row.key),
        "others": ", ".join(map(shown, others[:5])),
        "rule": " + ".join(rule),
        "values": shown(" + ".join(map(str, values))),
    }
    plan.conflicts.append(Finding(Weight.REJECTED, plan.place(row), Message("row.identity", params), rule[0]))
