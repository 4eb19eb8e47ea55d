"""Every statement keeps the contract written above it, and nothing but an identifier ever gets into one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from graph.ontology import load_ontology
from graph.store.statements import migrations, statement

FOLDER = Path(__file__).parents[2] / "graph" / "store" / "cypher"
FILES = sorted(FOLDER.glob("*.cypher"))
NAMES = [file.stem for file in FILES]
# names that the store puts together from a thing and what is done to it
PUT_TOGETHER = {f"{thing}_{action}" for thing in ("ci", "record", "rel") for action in ("create", "update", "remove")}
PUT_TOGETHER |= {"rel_of_sources", "rel_of_targets"}


@cache
def parts(name: str) -> tuple[dict[str, str], str]:
    """The contract by its words, and the text below it."""
    lines = (FOLDER / f"{name}.cypher").read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("//") for line in lines if line.startswith("//")]
    assert lines[: len(comments)] == [f"//{comment}" for comment in comments], "the contract stands above the statement"
    title, _, says = comments[0].strip().partition(": ")
    contract = {"name": title, "says": says}
    word = ""
    for comment in comments[1:]:
        begins = re.match(r" (in|out|template:) +(.*)", comment)
        word = begins[1] if begins else word
        contract[word] = f"{contract.get(word, '')} {begins[2] if begins else comment.strip()}".strip()
    return contract, "\n".join(lines[len(comments) :])


def listed(declared: str) -> list[str]:
    """The names of `after: INTEGER (a revision), limit: INTEGER` or `s, t: STRING`; none of `-`."""
    plain = re.sub(r"\{[^}]*\}|\([^)]*\)", "", declared)
    return [each.partition(":")[0].strip() for each in plain.split(",")] if plain.strip() != "-" else []


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_says_what_it_is_what_goes_in_and_what_comes_out(name: str) -> None:
    contract, _ = parts(name)

    assert contract["name"] == name
    assert contract["says"].endswith(".")
    assert contract.keys() >= {"in", "out"}


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_in_is_what_the_statement_uses(name: str) -> None:
    contract, text = parts(name)

    assert sorted(listed(contract["in"])) == sorted(set(re.findall(r"\$(\w+)", text)))


@pytest.mark.parametrize("name", NAMES)
def test_no_pattern_goes_from_anywhere_to_what_is_named_by_its_key(name: str) -> None:
    _, text = parts(name)

    # ArcadeDB follows a pattern from left to right: this would look at every node for each key
    assert not re.search(r"MATCH \(\w+(:\w+)?\)[^(]*\(\w+:\w+ \{", text)


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_out_is_what_the_statement_returns(name: str) -> None:
    contract, text = parts(name)
    declared = contract["out"]
    if declared.startswith("as "):
        declared = parts(declared.removeprefix("as "))[0]["out"]
    _, _, returned = text.rpartition("RETURN ")

    assert listed(declared) == re.findall(r"\bAS (\w+)", returned if "RETURN " in text else "")


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_that_it_is_one(name: str) -> None:
    contract, text = parts(name)
    slots = set(re.findall(r"\b(TYPE|PROPERTY|PROPERTIES)\b", text))

    assert ("template:" in contract) == bool(slots)
    assert len(slots - {"PROPERTIES"}) <= 1
    assert all(slot in contract["template:"] for slot in slots)


def words_in_code() -> set[str]:
    found: set[str] = set()
    for package in ("graph", "importers", "api"):
        for file in (FOLDER.parents[2] / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


def test_every_statement_is_used_and_those_put_together_are_there() -> None:
    assert set(NAMES) - words_in_code() == PUT_TOGETHER


def test_every_other_file_is_a_migration_in_order_that_may_run_twice() -> None:
    others = {str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*") if file.is_file()} - {f.name for f in FILES}
    found = migrations()

    assert others == {f"migrations/{name}.cypher" for name, _, _ in found}
    assert [int(name[:4]) for name, _, _ in found] == list(range(1, len(found) + 1))
    assert len({checksum for _, checksum, _ in found}) == len(found)
    for _, _, statements in found:
        assert statements
        assert all(re.match(r"CREATE (CONSTRAINT|INDEX) fl_\w+ IF NOT EXISTS ", text) for text in statements)
        assert not any(text.endswith(";") or "\n//" in text for text in statements)


def test_a_template_is_filled_with_what_the_ontology_declares() -> None:
    for word in load_ontology().relationship_types:
        text = statement("rel_read", word)
        assert f"[r:{word}]" in text
        assert "TYPE" not in text
        assert not text.startswith("//")


@pytest.mark.parametrize(
    "word",
    [None, "", "DEPENDS_ON", "depends on", "depends-on", "depends_on`", "x]->() DETACH DELETE n //", "x\n", "1x", "_x",
     "näher", "依赖", "ｘ", "$t", "TYPE", "x" + "\0", r"\1", r"\g<0>"],
)  # fmt: skip
def test_a_template_takes_nothing_but_an_identifier(word: str | None) -> None:
    with pytest.raises(ValueError, match="statement rel_read cannot be filled with"):
        statement("rel_read", word)


def test_a_list_of_properties_is_filled_with_identifiers_only() -> None:
    text = statement("rel_create", "depends_on", ("fl_rev", "order"))

    assert "{`fl_rev`: r.p.`fl_rev`, `order`: r.p.`order`}" in text
    with pytest.raises(ValueError, match="statement rel_create cannot be filled with"):
        statement("rel_create", "depends_on", ("fl_rev", "x` = 1 //"))
    with pytest.raises(ValueError, match="statement rel_create cannot be filled with None"):
        statement("rel_create", "depends_on")
    with pytest.raises(ValueError, match="statement rel_read cannot be filled with"):
        statement("rel_read", "depends_on", ("fl_rev",))


@pytest.mark.parametrize("name", ["ci_read", "write_commit"])
def test_what_is_no_template_takes_no_word(name: str) -> None:
    with pytest.raises(ValueError, match=f"statement {name} cannot be filled with 'depends_on'"):
        statement(name, "depends_on")
    assert "$" in statement(name)


def test_a_statement_that_is_not_there_is_no_statement() -> None:
    with pytest.raises(FileNotFoundError):
        statement("drop_everything")
