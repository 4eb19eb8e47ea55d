"""Every command and option says what it is, in both languages, and fits a terminal of 80 columns."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from rich.cells import cell_len

COMMANDS = (
    "import", "export", "impact", "check", "search", "show", "path", "graph-hash", "audit", "audit verify",
    "audit register", "doctor", "backup", "restore", "serve", "demo", "unmatched", "kpi", "changes conflicts",
    "changes slots", "", "token create", "token list", "token revoke", "principal list", "principal disable",
    "principal enable", "principal delete", "principal log",
)  # fmt: skip
SCRIPT = """
import json, sys, click
from api.cli import main
from api.cli.main import add_commands, cli
add_commands()
def walk(command, context):
    options = {max(p.opts, key=len): p.help or "" for p in command.get_params(context) if isinstance(p, click.Option)}
    name = context.command_path.removeprefix("faultline").strip()
    yield name, {"help": command.help or "", "options": options, "printed": command.get_help(context)}
    for under in getattr(command, "commands", {}).values():
        yield from walk(under, under.context_class(under, parent=context, info_name=under.name, terminal_width=80))
print(json.dumps(dict(walk(cli, cli.context_class(cli, info_name="faultline", terminal_width=80)))))
print("heavy:", *sorted({"numba", "neo4j", "strawberry", "numpy"} & sys.modules.keys()))
"""


@cache
def told(language: str) -> tuple[dict[str, Any], str]:
    environment = {**os.environ, "FAULTLINE_LANG": language}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True)
    tree, heavy = done.stdout.decode().splitlines()
    return json.loads(tree), heavy


def helps(language: str) -> dict[str, Any]:
    return told(language)[0]


def test_every_command_of_the_interface_is_there() -> None:
    assert set(COMMANDS) <= helps("en").keys()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_and_every_option_has_its_help(language: str) -> None:
    silent = [
        (command, option)
        for command, found in helps(language).items()
        for option, words in {"": found["help"], **found["options"]}.items()
        if not words.strip()
    ]

    assert silent == []


def test_no_help_is_the_same_in_both_languages() -> None:
    zh, en = helps("zh"), helps("en")

    same = [
        (command, option)
        for command, found in en.items()
        for option, words in {"": found["help"], **found["options"]}.items()
        if {"": zh[command]["help"], **zh[command]["options"]}[option] == words
    ]

    assert same == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_help_fits_80_columns_and_names_every_option_and_command(language: str) -> None:
    for command, found in helps(language).items():
        lines = found["printed"].splitlines()
        assert [line for line in lines if cell_len(line) > 80] == []
        assert [option for option in found["options"] if option not in found["printed"]] == []
        assert not [line for line in lines if line.lstrip().startswith(tuple("，。；：、）"))], command


def test_help_does_not_wait_for_what_only_answers_need() -> None:
    assert told("en")[1] == "heavy:"
