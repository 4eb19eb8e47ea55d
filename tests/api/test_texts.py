"""What people read: the same keys in both languages, all that the code names, and none that nothing names."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from api.texts import LANGUAGES, Texts
from graph.compliance import load_requirements

PACKAGES = ("graph", "queries", "importers", "api")
ROOT = Path(__file__).parents[2]
KEY = re.compile(r"[a-z]+\.[a-z][a-z0-9_]*")
CHINESE = "\u3400-\u9fff\u3001-\u3011\uff01-\uff5e“”"
# a colon may stand between a file and its line, a comma in a number
HALF_WIDTH = re.compile(f"[{CHINESE}][,;:?!()]|[,;:?!()][{CHINESE}]|(?<![0-9])[,;]|[}}][?!()]")


def keys(language: str) -> Mapping[str, str]:
    return Texts(language).all


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return [(file, ast.parse(file.read_text(encoding="utf-8"))) for file in files]


def nodes() -> Iterator[ast.AST]:
    for _, tree in trees():
        yield from ast.walk(tree)


@cache
def scripts() -> str:
    """All modules of the pages."""
    folder = ROOT / "api" / "pages" / "static"
    return "\n".join(file.read_text("utf-8") for file in sorted(folder.rglob("*.js")) if "vendor" not in file.parts)


@cache
def constants() -> set[str]:
    """Every whole string that stands in the code."""
    parts = {id(part) for node in nodes() if isinstance(node, ast.JoinedStr) for part in node.values}
    strings = (node for node in nodes() if isinstance(node, ast.Constant) and id(node) not in parts)
    in_scripts = re.findall(r"""["'`]([a-z]+\.[a-z0-9_]+)["'`]""", scripts())
    required = (each.text for each in load_requirements())  # what is data names its text by its id
    return {*in_scripts, *required, *(node.value for node in strings if isinstance(node.value, str))}


@cache
def patterns() -> list[re.Pattern[str]]:
    """Keys that the code puts together, such as `impact.state_{word}`; what it fills in are the groups."""
    filled = "([a-z_]+)"
    found = {
        "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else filled for part in node.values)
        for node in nodes()
        if isinstance(node, ast.JoinedStr)
    }
    # in modules what is filled in is any word: what it may be comes over the network
    for text in re.findall(r"`([a-z]+\.[a-z_]+)\$\{[^`]*`", scripts()):
        found.add(re.escape(text) + "(?:[a-z_]+)")
    return [
        re.compile(text)
        for text in found
        if re.fullmatch(r"[a-z_\\.]*[_.][a-z_\\.]*", text.replace(filled, "").replace("(?:[a-z_]+)", ""))
    ]


def named(key: str) -> bool:
    """Whether the code says this key (or a part of one) as it is, or puts it together from what it says."""
    if key in constants():
        return True
    matches = (pattern.fullmatch(key) for pattern in patterns())
    return any(match and all(named(part) for part in match.groups()) for match in matches)


def test_both_languages_have_the_same_keys_with_the_same_parameters() -> None:
    zh, en = ({key: fields(text) for key, text in keys(language).items()} for language in LANGUAGES)

    assert zh == en


def test_every_key_that_the_code_names_has_a_text() -> None:
    areas = {key.partition(".")[0] for key in keys("en")}
    other = {
        ".yml",
        ".yaml",
        ".lock",
        ".mode",
        ".plugins",
        ".log",
        ".json",
        ".faultline",
    }  # names of files, and an engine's own settings
    like_keys = {text for text in constants() if KEY.fullmatch(text) and text.partition(".")[0] in areas}

    assert {text for text in like_keys - keys("en").keys() if Path(text).suffix not in other} == set()


def test_no_text_is_there_that_nothing_names() -> None:
    assert [key for key in keys("en") if not named(key)] == []


def test_who_words_a_key_gives_every_parameter_of_its_text() -> None:
    missing = [
        (file.name, node.lineno, key, sorted(fields(text) - given))
        for file, tree in trees()
        for node, key, given in calls(tree)
        if (text := keys("en").get(key)) is not None and not fields(text) <= given
    ]

    assert missing == []


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str, set[str]]]:
    """(call, key, parameters) where both stand in the call itself."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        if any(keyword.arg is None for keyword in node.keywords):
            continue
        given = {str(keyword.arg) for keyword in node.keywords}
        for argument in node.args[1:]:
            if isinstance(argument, ast.Dict):
                given |= {str(name.value) for name in argument.keys if isinstance(name, ast.Constant)}
                if None in argument.keys:
                    break
            elif not isinstance(argument, ast.Constant):
                break
        else:
            yield node, str(node.args[0].value), given


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_only_what_joins_others_begins_or_ends_in_space(language: str) -> None:
    assert [key for key, text in keys(language).items() if not text.strip()] == []
    assert {key for key, text in keys(language).items() if text != text.strip()} <= {"impact.and", "impact.comma"}


def test_chinese_texts_are_chinese_and_use_full_width_punctuation() -> None:
    texts = {key: text for key, text in keys("zh").items() if re.search("[\u4e00-\u9fff]", text)}

    assert {key: text for key, text in texts.items() if HALF_WIDTH.search(text)} == {}
    assert {key for key in keys("zh") if key not in texts} <= {
        "alike.ended",
        "compliance.part",
        "conflicts.edit_refused",
        "continuity.both",
        "impact.comma",
        "impact.named",
        "kubernetes.json_value",
        "ledgers.both",
        "manifests.ci",
        "manifests.ci_without",
        "manifests.fields",
        "manifests.part_refused",
        "pages.column_rto",
        "pages.history_relationship",
        "review.back_clauses",
        "review.factor",
        "review.steady_service",
        "rfc.back_between",
        "rfc.paper_part",
        "rfc.way",
        "slots.in_the_way",
        "terraform.resource",
        "watch.titled",
    }


def test_english_texts_hold_no_full_width_punctuation() -> None:
    assert {
        k: text for k, text in keys("en").items() if re.search("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", text)
    } == {}
