"""What every command shares: settings, language, where it prints, and how it fails."""

import contextlib
import getpass
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from api.texts import Texts
from graph.errors import FaultlineError
from graph.settings import Settings


@dataclass
class Door:
    """One call of the command line."""

    data_dir: Path | None = None
    as_json: bool = False
    _settings: Settings | None = field(default=None, repr=False)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the environment and of `--data-dir`."""
        return Settings.from_environment().at(self.data_dir)

    @cached_property
    def texts(self) -> Texts:
        """The texts in the user's language."""
        return texts()

    @cached_property
    def out(self) -> Console:
        """Where answers go. Never wider than a line can be read, never coloured where the user forbids it."""
        return Console(highlight=False, soft_wrap=False)

    @property
    def actor(self) -> str:
        """Who does what this command does (INTERFACES: local mode)."""
        return f"local:{_user()}"

    def answer(self, plain: dict[str, Any]) -> None:
        """Print an answer as JSON."""
        click.echo(json.dumps(plain, ensure_ascii=False))


def texts() -> Texts:
    """The texts in the language that the environment chooses; English where its choice cannot be read."""
    with contextlib.suppress(FaultlineError):
        return Texts(Settings.from_environment().language)
    return Texts("en")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


@contextlib.contextmanager
def told(door: Door) -> Iterator[None]:
    """Within it, an expected failure is told in the user's words and ends the command with its exit code."""
    try:
        yield
    except FaultlineError as error:
        fail(door, error)
    except BrokenPipeError:
        # whoever reads us has had enough; nothing more is to be written, not even at exit
        sys.stdout = None
        sys.exit(0)


def fail(door: Door, error: FaultlineError) -> NoReturn:
    """Say what went wrong and end."""
    words = door.texts.say(error.message)
    if door.as_json:
        error_plain = {"key": error.message.key, "params": dict(error.message.params), "message": words}
        door.answer({"error": error_plain})
    else:
        click.echo(f"faultline: {words}", err=True)
    sys.exit(error.exit_code)
