"""`faultline backup` and `faultline restore`."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

import click

from api.cli.door import Door, t, told
from api.cli.usage import Command
from graph.errors import BadInputError, ParamValue

FILE = click.Path(path_type=Path)


@click.command("backup", cls=Command, help=t("backup.help"))
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def backup_command(door: Door, file: Path, as_json: bool) -> None:
    """Write a backup while the register is in use."""
    from api.register import open_register
    from graph.store.backup import back_up
    from graph.whole import whole

    door.as_json = as_json
    with told(door):
        if file.exists():
            # the last good one is never overwritten by one that is cut off, or worse
            raise BadInputError("backup.exists", path=str(file))
        with open_register(door.settings) as register, _telling(file), whole(file) as written:
            done = back_up(register.store, written)
        if as_json:
            door.answer({"path": str(file), **asdict(done), "bytes": file.stat().st_size})
        else:
            say = door.texts
            click.echo(say("backup.done", path=str(file), revision=done.revision, commits=done.commits, head=done.head))
            if done.graph_hash is None:
                click.echo(say("backup.records_differ"), err=True)
            else:
                click.echo(say("backup.hash", graph_hash=done.graph_hash))
        sys.exit(1 if done.graph_hash is None else 0)


@click.command("restore", cls=Command, help=t("backup.restore_help"))
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--check", "only_check", is_flag=True, help=t("backup.check_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def restore_command(door: Door, file: Path, only_check: bool, as_json: bool) -> None:
    """Restore a backup, or say whether it holds."""
    from api.register import open_restoring
    from graph.ontology import load_ontology
    from graph.store.restore import check

    door.as_json = as_json
    say = door.texts
    with told(door), _opened(file) as backup:
        # read before an engine is started for it
        found = check(backup, load_ontology())
        said: dict[str, ParamValue] = {"revision": found.revision, "commits": found.commits, "head": found.head}
        plain = {"path": str(file), **asdict(found), "checked": True}
        if only_check:
            if as_json:
                door.answer(plain)
            else:
                click.echo(say("backup.checked", made_at=found.made_at, **said))
            return
        with open_restoring(door.settings) as restoring:
            done = restoring.restore(backup, found)
        if as_json:
            door.answer({**plain, "resumed": done.resumed, "noted": done.noted})
            return
        click.echo(say("backup.restored", **said))
        if done.resumed:
            click.echo(say("backup.resumed", revision=done.resumed))
        if done.noted > found.revision:
            click.echo(say("backup.gone", noted=done.noted, revision=found.revision))


@contextlib.contextmanager
def _telling(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # a full disk may be that of the hash's own runs
        raise BadInputError("backup.file", path=str(error.filename or file), reason=error.strerror or "") from error


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    with _telling(file), file.open("rb") as opened:
        yield opened


COMMANDS = (backup_command, restore_command)
