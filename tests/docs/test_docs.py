"""The pages say what is so: settings, tables, links, commands, and the answer that the README prints."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import click
import psutil
import pytest

from api.cli.main import cli
from api.texts import Texts
from graph.ontology import load_ontology
from graph.settings import Settings
from tests.docs.printed import PAGES as PRINTED
from tests.docs.printed import insurer, with_answers
from tests.docs.tables import PAGE, with_tables
from tests.environment import variables_read

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^\$ |^|`|\| )(?:\.venv/bin/)?faultline ((?:--data-dir \S+ )?[a-z][^`#|<\n]*)", re.MULTILINE)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_every_setting_is_in_the_table_of_the_page_on_running_and_nothing_else() -> None:
    rows = dict(re.findall(r"^\| `(FAULTLINE_\w+)` \| (.*?) \|", text_of(ROOT / "docs" / "run.md"), re.MULTILINE))

    assert rows.keys() == {name for name in variables_read() if name.startswith("FAULTLINE_")}
    for name, default in (
        ("FAULTLINE_TIMEZONE", Settings.timezone),
        ("FAULTLINE_NEO4J_USER", Settings.neo4j_user),
    ):
        assert rows[name] == f"`{default}`"
    assert "`1024m` to `4096m`" in rows["FAULTLINE_ENGINE_MEMORY"]


def test_every_field_of_the_settings_without_a_variable_is_in_the_table_of_the_page_on_operations() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([\d.]+)` \|", text_of(ROOT / "docs" / "operations.md"), re.MULTILINE))
    chosen = {"data_dir", "language", "language_chosen"} | {
        name.removeprefix("FAULTLINE_").lower() for name in variables_read()
    }

    fixed = {each.name: str(each.default) for each in fields(Settings) if each.name not in chosen}
    assert rows == fixed


def test_every_check_of_the_doctor_and_every_reason_not_to_be_ready_is_in_the_page_on_operations() -> None:
    page = text_of(ROOT / "docs" / "operations.md")
    checks = set(re.findall(r'Check\(\s*"(\w+)"', text_of(ROOT / "api" / "doctor.py")))

    assert checks == {"disk", "engine", "schema", "clock", "log", "snapshot"}
    assert [each for each in checks if f"| `{each}` |" not in page] == []
    for reason in ("server.store_silent", "storage.unavailable", "store.replaced"):
        assert f"| `{reason}` |" in page
        assert reason in Texts("en").all


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(2, 1024), (8, 1024), (16, 2048), (24, 3072), (512, 4096)])
def test_the_embedded_engine_gets_an_eighth_of_the_memory(
    monkeypatch: pytest.MonkeyPatch, gigabytes: int, megabytes: int
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=gigabytes * 2**30))

    assert Settings(Path()).engine_memory == f"{megabytes}m"
    assert Settings.from_environment({}).engine_memory == f"{megabytes}m"
    assert Settings.from_environment({"FAULTLINE_ENGINE_MEMORY": "700m"}).engine_memory == "700m"


def test_the_tables_of_the_ontology_page_are_those_of_the_data_files() -> None:
    page = text_of(PAGE)

    assert page.count("<!-- table: ") == 4
    assert page == with_tables(page, load_ontology()), "python -m tests.docs.tables writes them"
    assert "| `licence` |" in page


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", text_of(page)), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings]
    return {f"#{heading.replace(' ', '-')}" for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for file, anchor in _LINK.findall(_FENCE.sub("", text_of(page))):
        target = page if not file else (page.parent / file).resolve()
        assert target.exists(), f"{page.name} leads to {file}"
        assert not anchor or anchor in anchors(target), f"{page.name} leads to {file}{anchor}"


def commands_in(page: Path) -> list[list[str]]:
    return [found.split() for found in _COMMAND.findall(text_of(page))]


def test_every_command_that_a_page_names_exists_with_its_options() -> None:
    from api.cli.main import add_commands

    add_commands()
    known: Mapping[str, click.Command] = cli.commands
    seen = set()
    for page in PAGES:
        for words in commands_in(page):
            name = words[2] if words[0] == "--data-dir" else words[0]
            assert name in known, f"{page.name}: faultline {' '.join(words)}"
            command = known[name]
            if isinstance(command, click.Group):
                command = command.commands[words[words.index(name) + 1]]
            options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            written = {word.partition("=")[0] for word in words if word.startswith("--")} - {"--data-dir"}
            assert written <= options, f"{page.name}: faultline {' '.join(words)}"
            seen.add(name)
    assert known.keys() - {"path"} <= seen
    assert cli.name == "cli"


def test_the_two_readmes_have_the_same_commands_and_lead_to_the_same_pages() -> None:
    english, chinese = text_of(ROOT / "README.md"), text_of(ROOT / "README.zh.md")
    other = {"README.md": "", "README.zh.md": "", "examples/insurer/README.md": "", "examples/insurer/README.zh.md": ""}

    def commands(text: str) -> list[str]:
        return [line.partition("#")[0].rstrip() for line in re.findall(r"^\$ .*$", text, re.MULTILINE)]

    assert commands(english) == commands(chinese) != []
    assert len(re.findall(r"^## ", english, re.MULTILINE)) == len(re.findall(r"^## ", chinese, re.MULTILINE))
    links = [
        [file for file, _ in _LINK.findall(_FENCE.sub("", text)) if file not in other] for text in (english, chinese)
    ]
    assert links[0] == links[1]


@pytest.mark.parametrize("language", PRINTED)
def test_the_answer_that_a_readme_prints_is_the_real_one(language: str) -> None:
    page = text_of(PRINTED[language])

    assert page.count("<!-- printed: ") == 1
    assert page == with_answers(page, insurer(), language), "python -m tests.docs.printed writes it"
    assert "db-lipei" in page
