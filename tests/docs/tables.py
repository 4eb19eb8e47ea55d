"""The tables of `docs/ontology.md`, made from the data files: `python -m tests.docs.tables` writes them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.ontology import Field, Ontology, load_ontology

PAGE = Path(__file__).parents[2] / "docs" / "ontology.md"
_TABLE = re.compile(r"(?<=<!-- table: )(\w+)( -->\n\n).*?(?=\n\n|\n\Z)", re.DOTALL)


def with_tables(page: str, ontology: Ontology) -> str:
    """The page with its tables as the ontology has them."""
    made = {
        "classes": _classes(ontology),
        "common": _fields(_common(ontology)),
        "relationships": _relationships(ontology),
        "records": _records(ontology),
    }
    return _TABLE.sub(lambda found: found[1] + found[2] + "\n".join(made[found[1]]), page)


def _common(ontology: Ontology) -> list[Field]:
    first, *others = ontology.classes.values()
    return [field for name, field in first.fields.items() if all(kind.fields.get(name) == field for kind in others)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield "|" + "---|" * len(cells)


def _classes(ontology: Ontology) -> Iterator[str]:
    common = {field.id for field in _common(ontology)}
    yield from _head("class", "名称", "tier", "clause", "its own fields", "identified by")
    for kind in ontology.classes.values():
        own = ", ".join(f"`{name}`" for name in kind.fields if name not in common)
        rules = ", or ".join(" and ".join(f"`{name}`" for name in rule) for rule in kind.identify)
        yield _row(f"`{kind.id}`", kind.words["zh"], kind.tier, kind.clause, own, rules)


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    yield from _head("field", "名称", "type")
    for field in fields:
        yield _row(_column(field), field.words["zh"], _type(field))


def _type(field: Field) -> str:
    if field.shorthand:
        return f"a CI; stands for `{field.shorthand}`"
    bounds = (
        ""
        if field.low is None
        else f", {field.low} or more"
        if field.high is None
        else f", {field.low} to {field.high}"
    )
    return " ".join(f"`{choice}`" for choice in field.choices) or field.type + bounds


def _relationships(ontology: Ontology) -> Iterator[str]:
    yield from _head("type", "名称", "impact", "default", "feeds", "shared loss", "its own fields")
    for kind in ontology.relationship_types.values():
        impact = {"target": "target → source", "source": "source → target", None: "none"}[kind.provider]
        strength = "" if kind.provider is None else "hard" if kind.hard else "soft"
        own = ", ".join(f"`{name}`" for name in kind.fields)
        yield _row(f"`{kind.id}`", kind.words["zh"], impact, strength, _yes(kind.feeds), _yes(kind.shared_loss), own)


def _yes(truth: bool) -> str:
    return "yes" if truth else ""


def _records(ontology: Ontology) -> Iterator[str]:
    yield from _head("table", "名称", "key", "columns (* required)")
    for kind in ontology.record_types.values():
        columns = " ".join(_column(field) for field in kind.fields.values())
        yield _row(f"`{kind.id}`", kind.words["zh"], " ".join(f"`{name}`" for name in kind.key), columns)


def _column(field: Field) -> str:
    return f"`{field.id}`{'*' if field.required else ''}"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), load_ontology()), encoding="utf-8")
