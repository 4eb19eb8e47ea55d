"""Variables of Compose files and of `.env`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from importers.compose.dotenv import variables_of
from importers.compose.refused import Refused
from importers.compose.variables import filled
from importers.model import Weight
from tests.importers.compose_files import read, written

VALUES = {"A": "a", "EMPTY": "", "B": "b}c"}


@pytest.mark.parametrize(
    ("text", "value", "undefined"),
    [
        ("$A-${A}_", "a-a_", set()),
        ("$A_", "", {"A_"}),
        ("${NONE}|${EMPTY}", "|", {"NONE"}),
        ("${NONE:-d}${EMPTY:-d}${A:-d}", "dda", set()),
        ("${NONE-d}${EMPTY-d}${A-d}", "da", set()),
        ("${A:+r}${EMPTY:+r}${NONE:+r}", "r", set()),
        ("${A+r}${EMPTY+r}${NONE+r}", "rr", set()),
        ("${A:?no}${EMPTY?no}", "a", set()),
        ("${NONE:-${EMPTY:-${A}}}", "a", set()),
        ("${NONE:-${NIL}x}", "x", {"NIL"}),
        ("${A:-${NIL}}", "a", set()),
        ("${NONE:-a:b-c?d}", "a:b-c?d", set()),
        ("${NONE:-}", "", set()),
        ("${B}", "b}c", set()),
        ("$$A $${A} $$$A", "$A ${A} $a", set()),
        ("${NONE:-$$x}", "$x", set()),
        ("no variable }", "no variable }", set()),
    ],
)
def test_variables_are_filled_in_as_compose_does(text: str, value: str, undefined: set[str]) -> None:
    found: set[str] = set()

    assert filled(text, VALUES, found) == value
    assert found == undefined


@pytest.mark.parametrize(("text", "reason"), [("${NONE:?say $A}", "say a"), ("${NONE?}", ""), ("${EMPTY:?x}", "x")])
def test_a_required_variable_without_a_value_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        filled(text, VALUES, set())

    assert caught.value.message.key == "compose.variable_required"
    assert caught.value.message.params["reason"] == reason


@pytest.mark.parametrize(
    "text", ["$", "a$", "$1", "${", "${A", "${}", "${1}", "${A!}", "${A:}", "${A:-${B}", "p$ssw.rd$"]
)
def test_a_dollar_that_begins_no_variable_is_refused_without_repeating_the_text(text: str) -> None:
    with pytest.raises(Refused) as caught:
        filled(text, VALUES, set())

    assert caught.value.message.key == "compose.variable_form"
    assert caught.value.message.params == {}


def test_variables_that_grow_without_end_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        filled("$X" * 2_000, {"X": "x" * 1_000}, set())

    assert caught.value.message.key == "compose.variable_long"


@pytest.mark.parametrize("depth", [31, 50_000])
def test_defaults_inside_of_defaults_end_somewhere(depth: int) -> None:
    with pytest.raises(Refused):
        filled("${X:-" * depth + "}" * depth, {}, set())


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("X=a b", "a b"),
        ("export X=a", "a"),
        ("X: a", "a"),
        ("  X = a  ", "a"),
        ("X=a # words", "a"),
        ("X=a#b", "a#b"),
        ("X=", ""),
        ("X='a $A # \\n'", "a $A # \\n"),
        ('X="a $A # \\n\\"\\$A" # words', 'a 1 # \n"$A'),
        ("X=$A-${NONE:-n}", "1-n"),
        ('X="two\nlines"', "two\nlines"),
        ("X=a\r", "a"),
        ("X=c\nX=d", "d"),
    ],
)
def test_env_files_are_read_as_compose_does(line: str, value: str) -> None:
    made, wrong = variables_of(f"# words\n\nA=1\n{line}\nZ=9\n", {}, set())

    assert (made["X"], made["Z"], wrong) == (value, "9", [])


def test_lines_of_an_env_file_that_are_none_are_told_and_the_others_stand() -> None:
    made, wrong = variables_of('A=1\nwhat is this\nB=\'open\nONLY_A_NAME\nC=2\nD=$\nE="a\nb"\n=x', {}, set())

    assert made == {"A": "1", "C": "2", "E": "a\nb"}
    assert wrong == [2, 3, 6, 9]


def test_what_is_given_wins_over_the_file_also_inside_of_its_values() -> None:
    made, _ = variables_of("A=1\nB=$A", {"A": "given"}, set())

    assert made["B"] == "given"


def test_the_projects_env_file_gives_the_variables_of_all_its_files(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "compose.yaml": "services: {a: {image: 'a:${TAG}'}}",
            "sub/compose.yaml": "services: {b: {image: 'b:${TAG}'}}",
            ".env": "TAG=7\n",
            "sub/.env": "TAG=8\n",
        },
    )

    assert read(folder).of_class("software_release") == ["image:a:7", "image:b:7"]


def test_the_environment_of_the_process_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAG", "7")

    seen = read(written(tmp_path / "p", {"compose.yaml": "services: {a: {image: 'a:${TAG:-none}'}}"}))

    assert seen.of_class("software_release") == ["image:a:none"]


def test_the_name_of_the_project_is_a_variable(tmp_path: Path) -> None:
    seen = read(written(tmp_path / "p", {"compose.yaml": "services: {a: {image: '${COMPOSE_PROJECT_NAME}'}}"}))

    assert seen.of_class("software_release") == ["image:p:latest"]


def test_an_undefined_variable_is_empty_with_one_warning_at_its_first_line(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: a:1$NONE\n    command: $NONE\n  b:\n    image: b:1${NONE}${NIL}\n"

    seen = read(written(tmp_path / "p", {"compose.yaml": text}))

    warnings = seen.findings(Weight.WARNING)
    assert seen.keys(Weight.WARNING) == ["variable_undefined"] * 2
    assert [(each.message.params["variable"], each.place.line) for each in warnings] == [("NONE", 3), ("NIL", 6)]
    assert seen.of_class("software_release") == ["image:a:1", "image:b:1"]


@pytest.fixture
def rejected_key(tmp_path: Path) -> Callable[[str], tuple[str, int | None, str | None]]:
    def of(text: str) -> tuple[str, int | None, str | None]:
        folder = written(tmp_path / "p", {"compose.yaml": text, "sub/compose.yaml": "services: {other: {image: x}}"})
        seen = read(folder)
        assert seen.services == ["other"]
        return seen.rejected.message.key, seen.rejected.place.line, seen.rejected.field

    return of


def test_a_required_variable_rejects_its_file_and_no_other(
    rejected_key: Callable[[str], tuple[str, int | None, str | None]],
) -> None:
    text = "services:\n  a:\n    image: a\n  b:\n    image: b:${TAG:?which}\n"

    assert rejected_key(text) == ("compose.variable_required", 5, "image")


def test_a_dollar_that_begins_nothing_rejects_its_file(
    rejected_key: Callable[[str], tuple[str, int | None, str | None]],
) -> None:
    text = "services:\n  a:\n    environment:\n      - PASS=pa$$ok\n      - WORD=wo$.rd\n"

    assert rejected_key(text) == ("compose.variable_form", 3, "environment")


def test_a_line_of_env_that_is_none_is_a_warning(tmp_path: Path) -> None:
    seen = read(written(tmp_path / "p", {"compose.yaml": "services: {a: {image: 'a:$B'}}", ".env": "what is\nB=2"}))

    (finding,) = seen.findings(Weight.WARNING)
    assert (finding.message.key, finding.place.line) == ("compose.env_line", 1)
    assert seen.of_class("software_release") == ["image:a:2"]
