"""YAML from strangers: what comes out is what was written, and what must not come in is refused with its line."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import BadInputError
from importers.safe_yaml import LARGEST_FILE, Tagged, YamlMap, load_documents, read_inside, read_text

TEXTS = Path(__file__).parents[2] / "api" / "texts"


def loaded(text: str, tags: frozenset[str] = frozenset()) -> object:
    (document,) = load_documents(text, "a.yml", tags)
    return document


def refusal(run: Callable[[], object]) -> BadInputError:
    with pytest.raises(BadInputError) as caught:
        run()
    return caught.value


def refused(text: str) -> tuple[str, object, object]:
    message = refusal(lambda: list(load_documents(text, "a.yml"))).message
    assert message.params["file"] == "a.yml"
    return message.key, message.params["line"], message.params["column"]


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "on",
        "off",
        "y",
        "22:22",
        "190:20:30",
        "5000:5000",
        "2026-11-28",
        "0755",
        "0o17",
        "0x1F",
        "1_000",
        "1.10",
        "1.",
        ".5",
        "-0",
        "+5",
        "1e3",
        ".inf",
        ".nan",
        "=",
        "<",
        "12345678901234567890",
    ],
)
def test_what_yaml_1_1_would_have_changed_stays_text_as_it_was_written(text: str) -> None:
    assert loaded(f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("12", 12), ("-3", -3), ("1.5", 1.5)],
)
def test_plain_scalars_of_the_core_schema_are_what_they_say(text: str, value: object) -> None:
    assert loaded(f"a: {text}") == {"a": value}
    if text:
        assert loaded(f"a: '{text}'") == {"a": text}
        assert loaded(f"a: !!str {text}") == {"a": text}


def test_keys_are_text_as_written_also_numbers_and_words() -> None:
    assert loaded("1.10: a\nno: b\n080: c\ntrue: d") == {"1.10": "a", "no": "b", "080": "c", "true": "d"}


def test_merge_keys_give_what_is_not_there_the_first_of_several_before_the_others() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n"

    assert loaded(text)["c"] == {"x": 1, "y": 1, "z": 3}  # type: ignore[index]  # the document is a mapping


def test_a_quoted_merge_key_is_a_key_like_any_other() -> None:
    assert loaded("'<<': 1") == {"<<": 1}


def test_mappings_know_their_line_and_that_of_each_key() -> None:
    first, second = load_documents("# words\na: 1\nb:\n  c: 2\n---\nd: &d {e: 1}\nf:\n  <<: *d\n", "a.yml")

    assert isinstance(first, YamlMap)
    assert isinstance(second, YamlMap)
    assert (first.line, first.line_of("b"), first.line_of("none")) == (2, 3, 2)
    assert (second.line, second.line_of("f")) == (6, 7)
    merged = second["f"]
    assert isinstance(merged, YamlMap)
    assert merged.line_of("e") == 6


def test_several_documents_come_one_by_one_empty_ones_as_nothing() -> None:
    assert list(load_documents("---\n---\na: 1\n---\n- 2\n", "a.yml")) == [None, {"a": 1}, [2]]
    assert list(load_documents("", "a.yml")) == []


def test_anchors_of_one_document_are_not_known_in_the_next() -> None:
    assert refused("a: &a 1\n---\nb: *a")[0] == "yaml.alias_unknown"


def test_allowed_tags_are_kept_with_what_they_stand_on() -> None:
    tags = frozenset({"!reset", "!override"})

    assert loaded("a: !reset null\nb: !override [1]\nc: !reset {d: x}", tags) == {
        "a": Tagged("!reset", None),
        "b": Tagged("!override", [1]),
        "c": Tagged("!reset", {"d": "x"}),
    }


@pytest.mark.parametrize(
    ("text", "key", "line", "column"),
    [
        ("a:\n\tb: 1", "tab", 2, 1),
        ("a: [1,\n", "syntax", 2, 1),
        ("a: 'open", "syntax", 1, 9),
        ("a: b: c", "syntax", 1, 5),
        ("a: @x", "syntax", 1, 4),
        ('a: "\\ud800"', "syntax", 1, 7),
        ("a: 1\nb: 2\na: 3", "duplicate_key", 3, 1),
        ("a: {<<: {b: 1}, <<: {c: 1}}", "duplicate_key", 1, 17),
        ("? [a]\n: b", "key_not_text", 1, 3),
        ("a: 1\nb: *c", "alias_unknown", 2, 4),
        ("a: &a [*a]", "alias_unknown", 1, 8),
        ("a:\n  <<: 5", "merge_not_mapping", 2, 3),
        ("a: !!python/object/apply:os.system [x]", "unknown_tag", 1, 4),
        ("a: !!python/name:os.system", "unknown_tag", 1, 4),
        ("a: !reset null", "unknown_tag", 1, 4),
        ("a: !!binary aGk=", "unknown_tag", 1, 4),
        ("a: !!map x", "unknown_tag", 1, 4),
        ("a: !!int x", "not_of_tag", 1, 4),
        ("a: b\0c", "nul", 1, 5),
        ("a: 1\nb: \x1b[0m", "control_character", 2, 4),
        ("[" * 100_000, "too_deep", 1, 101),
        ("- " * 100_000, "too_deep", 1, 201),
    ],
)
def test_what_cannot_be_read_is_refused_with_line_and_column(text: str, key: str, line: int, column: int) -> None:
    assert refused(text) == (f"yaml.{key}", line, column)


def test_an_alias_bomb_is_refused_before_it_is_taken_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]

    assert refused("\n".join(lines))[:2] == ("yaml.alias_bomb", 6)


def test_aliases_that_only_go_deep_are_refused_too() -> None:
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 500))]

    assert refused("\n".join(lines))[0] == "yaml.too_deep"


def test_many_aliases_of_something_small_are_no_bomb() -> None:
    document = loaded("a: &a {x: 1}\nb: [" + ", ".join(["*a"] * 10_000) + "]")

    assert len(document["b"]) == 10_000  # type: ignore[index]  # the document is a mapping


@pytest.mark.parametrize(
    ("content", "key", "params"),
    [
        (b"\x1f\x8b\x08\x00", "archive", {"kind": "gzip"}),
        (b"PK\x03\x04\x14", "archive", {"kind": "zip"}),
        (b"a: 1\nb: \xff", "encoding", {"line": 2, "column": 4, "byte": "0xff"}),
        ("a: 1".encode("utf-16"), "encoding", {"line": 1, "column": 1, "byte": "0xff"}),
        (b"a: \xed\xa0\x80", "encoding", {"line": 1, "column": 4, "byte": "0xed"}),
        (b"a: 1\n\0", "nul", {"line": 2, "column": 1}),
    ],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, key: str, params: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(content)

    message = refusal(lambda: read_text(file, "shown.yml")).message

    assert message.key == f"yaml.{key}"
    assert {**message.params, **params, "file": "shown.yml"} == message.params


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xef\xbb\xbfa: 1")

    assert loaded(read_text(tmp_path / "a.yml", "a.yml")) == {"a": 1}


def test_a_file_that_is_missing_too_big_or_no_file_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "big.yml").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)

    assert refusal(lambda: read_text(tmp_path / "none.yml", "x")).message.key == "yaml.unreadable"
    assert refusal(lambda: read_text(tmp_path / "big.yml", "x")).message.key == "yaml.too_big"
    assert refusal(lambda: read_text(tmp_path, "x")).message.key == "yaml.not_a_file"


def test_links_and_dots_that_leave_the_folder_are_refused_those_within_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out.yml").write_text("a: 1")
    (folder / "real.yml").write_text("a: 2")
    (folder / "leaves.yml").symlink_to(tmp_path / "out.yml")
    (folder / "stays.yml").symlink_to(folder / "real.yml")
    (folder / "circle.yml").symlink_to(folder / "circle.yml")

    assert read_inside(folder, folder / "stays.yml", "x") == "a: 2"
    assert refusal(lambda: read_inside(folder, folder / "leaves.yml", "x")).message.key == "yaml.outside"
    assert refusal(lambda: read_inside(folder, folder / ".." / "out.yml", "x")).message.key == "yaml.outside"
    assert refusal(lambda: read_inside(folder, folder / "circle.yml", "x")).message.key == "yaml.unreadable"


@pytest.mark.parametrize("area", ["yaml", "compose"])
def test_every_message_is_worded_in_both_languages_with_the_same_parameters(area: str) -> None:
    en, zh = (tomllib.loads((TEXTS / lang / f"{area}.toml").read_text("utf-8")) for lang in ("en", "zh"))

    assert list(en) == list(zh) == sorted(en)
    for key, text in en.items():
        assert parameters(text) == parameters(zh[key]), key


def parameters(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}
