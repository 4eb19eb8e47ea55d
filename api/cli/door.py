"""What every command shares: settings, language, where it prints, and how it fails."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from api.texts import Texts
from api.who import local_actor
from graph.errors import FaultlineError, Message
from graph.settings import Settings


class Out(Console):
    """Where answers go: text as it is (a name may look like markup), as wide as the terminal, a pipe's end told."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Whoever reads us has had enough: `told` ends the command in peace."""
        raise BrokenPipeError


@dataclass
class Door:
    """One call of the command line."""

    data_dir: Path | None = None
    as_json: bool = False

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
        """Where answers go."""
        return Out()

    @property
    def actor(self) -> str:
        """Who does what this command does (INTERFACES: local mode)."""
        return local_actor()

    def answer(self, plain: dict[str, Any]) -> None:
        """Print an answer as JSON."""
        click.echo(json.dumps(plain, ensure_ascii=False))


def texts() -> Texts:
    """The texts in the language that the environment chooses; English where its choice cannot be read."""
    with contextlib.suppress(FaultlineError):
        return Texts(Settings.from_environment().language)
    return Texts("en")


t = texts()  # of helps, which are written before anything is asked


@contextlib.contextmanager
def told(door: Door) -> Iterator[None]:
    """Within it, an expected failure is told in the user's words and ends the command with its exit code."""
    try:
        yield
    except FaultlineError as error:
        fail(door, error.message, error.exit_code)
    except BrokenPipeError:
        # nothing more is to be written, not even what is still held back when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def fail(door: Door, message: Message, exit_code: int, *, hint: str | None = None) -> NoReturn:
    """Say what went wrong and end."""
    words = door.texts.say(message)
    if door.as_json:
        door.answer({"error": {"key": message.key, "params": dict(message.params), "message": words}})
    else:
        click.echo(f"faultline: {words}", err=True)
        if hint:
            click.echo(hint, err=True)
    sys.exit(exit_code)
