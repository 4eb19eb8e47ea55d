"""The commands, each with its help in the user's language."""

import gc
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

import click

from api.cli.door import Door, fail, t
from api.cli.usage import Group, message_of
from api.cli.version import VERSION

INTERRUPTED = 130  # what shells expect of a command that Ctrl-C ended


@click.group(
    cls=Group, help=t("cli.help"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(VERSION, prog_name="faultline", help=t("cli.version_help"))
@click.option("--data-dir", type=click.Path(path_type=Path), help=t("cli.data_dir_help"))
@click.pass_context
def cli(context: click.Context, data_dir: Path | None) -> None:
    """The group of all commands."""
    context.obj = Door(data_dir)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `faultline` command; ends the process."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    collect_rarely()
    for stream in (sys.stdout, sys.stderr):
        # a terminal that lacks a sign shows ? instead of a traceback
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    add_commands()
    try:
        cli(given, prog_name="faultline", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        door = Door(as_json="--json" in given)
        context = getattr(error, "ctx", None)
        command = "faultline" if context is None else context.command_path
        fail(door, message_of(error), 2, hint=door.texts("usage.see_help", command=command))
    except (click.Abort, KeyboardInterrupt):
        click.echo(t("cli.aborted"), err=True)
        sys.exit(INTERRUPTED)


def collect_rarely() -> None:
    """Look for circles among objects rarely: rows make many objects and none (a third of an import's CPU was that)."""
    gc.set_threshold(200_000, 50, 100)


def add_commands() -> None:
    """Add every command to the group; their modules import what they need when they are called."""
    from api.cli import (
        access,
        answers,
        backups,
        browse,
        changes,
        check,
        compliance,
        continuity,
        demo,
        imports,
        operations,
        reconcile,
        review,
        serve,
        spof,
    )

    asked = (answers, spof, continuity, review, changes, reconcile, compliance, check, browse)
    for module in (imports, *asked, operations, backups, access, serve, demo):
        for command in module.COMMANDS:
            cli.add_command(command)
