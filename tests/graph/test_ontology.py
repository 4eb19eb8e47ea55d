"""The words of the register: those that bind exist, each says all it must, and what does not fit is refused by name."""

from pathlib import Path
from typing import Any

import pytest

from api.texts import LANGUAGES, Texts
from graph.errors import BadInputError
from graph.ontology import load_ontology, ontology_from
from graph.ontology.load import FILES

CLASSES = [
    "business_service",
    "business_unit",
    "team",
    "person",
    "role",
    "application",
    "component",
    "database_instance",
    "middleware",
    "host",
    "virtual_machine",
    "container",
    "workload",
    "cluster",
    "storage_array",
    "volume",
    "network",
    "network_device",
    "security_component",
    "site",
    "room",
    "rack",
    "power_feed",
    "cooling_unit",
    "software_release",
    "licence",
    "master_copy",
    "document",
    "contract",
    "supplier",
    "asset",
]
# INTERFACES: type → (feeds, shared loss) of those that carry impact, source = dependent, target = provider, hard
IMPACT = {
    "depends_on": (False, False),
    "runs_on": (True, True),
    "stores_on": (False, False),
    "connects_through": (True, False),
    "powered_by": (True, False),
    "cooled_by": (True, False),
    "located_in": (False, True),
    "provided_by": (False, False),
    "subcontracted_to": (False, False),
}
NO_IMPACT = ("fails_over_to", "documented_by", "owned_by", "replicates_to", "contains_release")
# JR/T 0074-2012, 11.1: what each letter of the list is, by classes that must be of it
KINDS = {
    "a": {"host", "network_device", "storage_array", "virtual_machine"},
    "b": {"application", "database_instance", "middleware", "software_release"},
    "c": {"master_copy", "licence"},
    "d": {"security_component"},
    "e": {"document"},
    "f": {"power_feed", "cooling_unit", "room", "rack"},
    "h": {"asset", "business_unit", "person", "contract"},
}
CI_COLUMNS = [
    "name",
    "name_en",
    "status",
    "environment",
    "site",
    "owner",
    "criticality",
    "recovery_time",
    "failover_to",
    "failover_time",
    "rto",
    "rpo",
    "mtpd",
]
GOOD = {
    "tiers": '[tier.data]\nname = { en = "Data", zh = "数据" }',
    "classes": '[class.safe]\nname = { en = "Safe", zh = "保险箱" }\ntier = "data"\nkind = "h"',
    "relationships": '[relationship.guards]\nname = { en = "guards", zh = "守护" }\nprovider = "source"',
    "records": '[record.keys]\nname = { en = "Key", zh = "钥匙" }\nkey = ["id"]\n'
    '[record.keys.fields.id]\nname = { en = "id", zh = "编号" }',
    "environments": '[environment]\nproduction = ["prod"]\nother = []',
}


def test_the_classes_that_bind_exist() -> None:
    assert set(CLASSES) <= load_ontology().classes.keys()


def test_the_relationship_types_that_bind_carry_impact_as_they_should() -> None:
    types = load_ontology().relationship_types

    for name, (feeds, shared_loss) in IMPACT.items():
        found = types[name]
        assert (found.provider, found.hard, found.feeds, found.shared_loss) == ("target", True, feeds, shared_loss), (
            name
        )
    for name in NO_IMPACT:
        found = types[name]
        assert (found.provider, found.hard, found.feeds, found.shared_loss) == (None, False, False, False), name


def test_every_kind_of_clause_11_1_has_its_classes() -> None:
    ontology = load_ontology()

    for letter, classes in KINDS.items():
        assert {c.id for c in ontology.classes.values() if c.kind == letter} >= classes
    assert ontology.relationship_types  # g) is the relationships themselves
    assert all(c.clause == f"11.1 {c.kind})" for c in ontology.classes.values())
    assert {c.kind for c in ontology.classes.values()} == set(KINDS)


def test_every_class_has_the_columns_of_the_inventory_and_its_choices() -> None:
    ontology = load_ontology()
    any_class = ontology.classes["host"].fields

    for found in ontology.classes.values():
        assert set(CI_COLUMNS) <= found.fields.keys(), found.id
    assert ontology.shorthands == {"site": "located_in", "owner": "owned_by", "failover_to": "fails_over_to"}
    assert any_class["status"].choices == ("planned", "live", "retired")
    assert set(any_class["criticality"].choices) == {"critical", "high", "medium", "low"}
    assert {any_class[name].type for name in ("recovery_time", "failover_time", "rto", "rpo", "mtpd")} == {"duration"}
    assert set(ontology.environments.values()) == {"production", "staging", "test", "development", "other"}


def test_everything_has_words_in_both_languages() -> None:
    ontology = load_ontology()
    things: list[Any] = [*ontology.tiers.values()]
    for group in (ontology.classes, ontology.relationship_types, ontology.record_types):
        for thing in group.values():
            things += [thing, *thing.fields.values()]

    for thing in things:
        assert thing.words.keys() == set(LANGUAGES), thing.id
        assert all(text == text.strip() != "" for text in thing.words.values()), thing.id
        assert any("\u4e00" <= letter <= "\u9fff" for letter in thing.words["zh"]) or thing.words["zh"].isupper(), (
            thing.id
        )
    for language in LANGUAGES:
        names = [thing.words[language] for thing in ontology.classes.values()]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Prod", "production"), (" 生产环境 ", "production"), ("UAT", "staging"), ("测试", "test"), ("dev", "development"),
     ("moon", "other"), ("other", "other"), ("", None), (None, None)],
)  # fmt: skip
def test_an_environment_is_normalised(text: str | None, kind: str | None) -> None:
    assert load_ontology().environment_of(text) == kind


def test_a_source_that_is_not_listed_is_the_weakest() -> None:
    ontology = load_ontology()

    assert ontology.stronger("person", "compose")
    assert ontology.stronger("compose", "somebody")
    assert not ontology.stronger("somebody", "compose")
    assert not ontology.stronger("somebody", "anybody")


def test_one_entry_makes_a_class_and_one_a_relationship_type() -> None:
    ontology = ontology_from(GOOD)

    assert (ontology.classes["safe"].words["zh"], ontology.classes["safe"].clause) == ("保险箱", "11.1 h)")
    guards = ontology.relationship_types["guards"]
    assert (guards.provider, guards.hard, guards.feeds) == ("source", True, False)
    assert ontology.digest != ontology_from({**GOOD, "tiers": GOOD["tiers"] + "\n# more"}).digest


NAME = 'name = { en = "x", zh = "某" }'
BAD: list[tuple[str, str, str, dict[str, str]]] = [
    ("tiers", "[tier.data", "ontology.unreadable", {"file": "tiers.toml"}),
    ("tiers", "tier = 5", "ontology.wrong_type", {"entry": "tiers.toml", "word": "tier"}),
    ("classes", "", "ontology.missing", {"entry": "classes.toml", "word": "class"}),
    ("environments", "[other]", "ontology.unknown_word", {"entry": "environments.toml", "word": "other"}),
    ("tiers", "[tier.data]\nname = { en = 'Data' }", "ontology.no_words", {"entry": "data", "languages": "zh"}),
    ("tiers", "[tier.data]\nname = { en = '', zh = '' }", "ontology.no_words", {"languages": "en, zh"}),
    ("tiers", "[tier.data]\nname = 'Data'", "ontology.wrong_type", {"entry": "data", "word": "name"}),
    ("classes", "[class]\nsafe = 3", "ontology.wrong_type", {"entry": "safe", "type": "table"}),
    (
        "classes",
        GOOD["classes"].replace('"data"', '"attic"'),
        "ontology.unknown_word",
        {"entry": "safe", "word": "attic"},
    ),
    ("classes", GOOD["classes"].replace('"h"', '"z"'), "ontology.unknown_word", {"entry": "safe", "word": "z"}),
    ("classes", GOOD["classes"].replace('"h"', "[1]"), "ontology.wrong_type", {"entry": "safe", "word": "kind"}),
    ("classes", GOOD["classes"] + "\nidentify = [['serial']]", "ontology.unknown_word", {"word": "serial"}),
    ("classes", GOOD["classes"] + "\nidentfy = [['name']]", "ontology.unknown_word", {"word": "identfy"}),
    ("classes", GOOD["classes"].replace(".safe", ".Safe"), "ontology.identifier", {"entry": "Safe"}),
    ("classes", GOOD["classes"].replace(".safe", ".'fl_safe'"), "ontology.identifier", {"entry": "fl_safe"}),
    ("classes", GOOD["classes"].replace(".safe", ".'a}) DELETE'"), "ontology.identifier", {"entry": "a}) DELETE"}),
    (
        "classes",
        f"{GOOD['classes']}\n[class.safe.attributes.depth]\n{NAME}\ntype = 'length'",
        "ontology.unknown_word",
        {"entry": "safe.depth", "word": "length"},
    ),
    (
        "classes",
        f"{GOOD['classes']}\n[class.safe.attributes.colour]\n{NAME}\ntype = 'choice'",
        "ontology.missing",
        {"entry": "safe.colour", "word": "choices"},
    ),
    (
        "classes",
        f"{GOOD['classes']}\n[class.safe.attributes.depth]\n{NAME}\ntype = 'integer'\nmin = '1'",
        "ontology.wrong_type",
        {"entry": "safe.depth", "word": "min"},
    ),
    (
        "classes",
        f"{GOOD['classes']}\n[class.safe.attributes.'fl_rev']\n{NAME}",
        "ontology.identifier",
        {"entry": "fl_rev"},
    ),
    (
        "classes",
        f"[common.guard]\n{NAME}\ntype = 'ci'\nshorthand = 'guarded_by'\n{GOOD['classes']}",
        "ontology.unknown_word",
        {"entry": "guard", "word": "guarded_by"},
    ),
    (
        "relationships",
        GOOD["relationships"].replace('"source"', '"both"'),
        "ontology.unknown_word",
        {"entry": "guards", "word": "both"},
    ),
    ("relationships", GOOD["relationships"] + "\nfeed = true", "ontology.unknown_word", {"word": "feed"}),
    (
        "relationships",
        GOOD["relationships"] + "\nfeeds = 'yes'",
        "ontology.wrong_type",
        {"word": "feeds", "type": "bool"},
    ),
    (
        "relationships",
        f"[relationship.sees]\n{NAME}\nfeeds = true",
        "ontology.no_impact",
        {"entry": "sees", "word": "feeds"},
    ),
    ("records", f"[record.keys]\n{NAME}\nkey = ['id']", "ontology.missing", {"entry": "keys", "word": "fields"}),
    ("records", GOOD["records"].replace('key = ["id"]', ""), "ontology.missing", {"entry": "keys", "word": "key"}),
    ("records", GOOD["records"].replace('["id"]', '["no"]'), "ontology.unknown_word", {"entry": "keys", "word": "no"}),
    (
        "environments",
        "[environment]\nproduction = ['live']\ntest = ['LIVE']",
        "ontology.given_twice",
        {"entry": "test", "word": "LIVE"},
    ),
]


@pytest.mark.parametrize(("file", "text", "key", "params"), BAD)
def test_what_does_not_fit_is_refused_by_name(file: str, text: str, key: str, params: dict[str, str]) -> None:
    with pytest.raises(BadInputError) as refused:
        ontology_from({**GOOD, file: text})

    assert refused.value.message.key == key
    assert {name: refused.value.message.params[name] for name in params} == params
    for language in LANGUAGES:
        assert Texts(language).say(refused.value.message)


def test_files_that_are_not_there_or_no_text_are_named(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / f"{name}.toml").write_text(GOOD[name], encoding="utf-8")
    assert load_ontology(tmp_path).classes.keys() == {"safe"}

    for number, content in enumerate((None, b"\xff\xfe")):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in FILES:
            (folder / f"{name}.toml").write_text(GOOD[name], encoding="utf-8")
        (folder / "records.toml").write_bytes(content or b"")
        if content is None:
            (folder / "records.toml").unlink()
        with pytest.raises(BadInputError) as refused:
            load_ontology(folder)
        assert (refused.value.message.key, refused.value.message.params["file"]) == (
            "ontology.unreadable",
            "records.toml",
        )


def test_nothing_of_it_can_be_changed() -> None:
    ontology: Any = load_ontology()

    for change in (
        lambda: ontology.classes.update(x=1),
        lambda: ontology.classes["host"].fields.update(x=1),
        lambda: ontology.relationship_types["runs_on"].words.update(en="x"),
        lambda: setattr(ontology, "digest", ""),
        lambda: setattr(ontology.relationship_types["runs_on"], "feeds", False),
    ):
        with pytest.raises(AttributeError):
            change()
