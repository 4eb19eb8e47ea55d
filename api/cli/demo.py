"""`faultline demo`: the living example imported, one real flaw, one redundancy that held, one change reviewed."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.door import Door, t, told
from api.cli.progress import estate_of, watching
from api.cli.serve import PORT
from api.cli.usage import Command
from api.example import SCOPE, chosen
from graph.errors import BadInputError, StorageError
from graph.records.page import page_of

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate

SHOWN = 10  # CIs of each answer


@click.command("demo", cls=Command, help=t("cli.demo_help"))
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help=t("cli.port_help"))
@click.pass_obj
def demo_command(door: Door, port: int) -> None:
    """Import, answer three times, then serve until Ctrl-C."""
    from api.register import open_register
    from api.server import serve

    with told(door), _data_dir(door) as path:
        # always a database of its own: an invented insurer is not for the register that FAULTLINE_NEO4J_URI names
        settings = replace(door.settings, data_dir=path, neo4j_uri=None)
        once = os.environ.get("FAULTLINE_DEMO_ONCE") == "1"
        click.echo(door.texts("cli.demo_directory", path=str(path)))
        click.echo(door.texts("cli.demo_importing"), err=True)
        with open_register(settings) as register:
            _refuse_another(register, path)
            _import(door, register)
            _answer(door, register)
            _say_next(door, path, once=once)
            if once:
                return

            def started(url: str) -> None:
                click.echo(door.texts("cli.serving", url=url))
                click.echo(door.texts("cli.demo_page", url=url + page_of(chosen()["change"])))

            try:
                serve(settings, "127.0.0.1", port, started=started)
            except StorageError as error:
                if error.message.key != "server.port_taken":
                    raise
                serve(settings, "127.0.0.1", 0, started=started)


def _refuse_another(register: "Register", path: Path) -> None:
    from graph.store.runs import scope_key, scopes
    from importers.inventory import SOURCE

    if register.store.revision() and scope_key(SOURCE.name, SCOPE) not in scopes(register.store):
        raise BadInputError("cli.demo_not_empty", path=str(path))


@contextlib.contextmanager
def _data_dir(door: Door) -> Iterator[Path]:
    if door.data_dir is not None or os.environ.get("FAULTLINE_DATA_DIR"):
        yield door.settings.data_dir
        return
    with tempfile.TemporaryDirectory(prefix="faultline-demo-", ignore_cleanup_errors=True) as path:
        yield Path(path)


def _import(door: Door, register: "Register") -> None:
    from api.example import load_example

    with watching(door, lambda: False) as watch:
        report = load_example(register, door.actor, datetime.now(UTC), watch)
    here = {name: report["created"][name] + report["updated"][name] + report["unchanged"][name]
            for name in ("cis", "relationships", "records")}  # fmt: skip
    counts = {name: f"{count:,}" for name, count in here.items()}
    click.echo(door.texts("cli.demo_imported", **counts, revision=report["revision"]))
    if report["weeks"]:
        click.echo(door.texts("cli.demo_moved", weeks=report["weeks"]))


def _answer(door: Door, register: "Register") -> None:
    from api.cli.picture import print_blast_radius
    from queries.blast_radius import blast_radius

    shown, estate = chosen(), estate_of(door, register)
    for title, ci_id in (("cli.demo_first", shown["flaw"]), ("cli.demo_second", shown["held"])):
        door.out.print()
        door.out.rule(door.texts(title), align="left", characters="─")
        found = blast_radius(estate, {ci_id: "outage"})
        print_blast_radius(door.out, door.texts, register.store.ontology, found, limit=SHOWN)
    _review(door, register, estate, shown["change"])


def _review(door: Door, register: "Register", estate: "Estate", change: str) -> None:
    from api.review_told import answered, as_text
    from api.review_told import told as told_whole
    from api.review_words import words_of
    from api.reviewing import judged
    from api.scheduling import Schedule

    door.out.print()
    door.out.rule(door.texts("cli.demo_third"), align="left", characters="─")
    schedule = Schedule(register, estate, datetime.now(UTC))
    found = judged(schedule, schedule.stored(change))
    click.echo(as_text(told_whole(answered(found, 0), found.change.title, door.texts, words_of(found, door.texts))))


def _say_next(door: Door, path: Path, *, once: bool) -> None:
    shown = chosen()
    kept = door.data_dir is not None or bool(os.environ.get("FAULTLINE_DATA_DIR"))
    questions = [
        f"review {shown['change']} --json",
        f"impact {shown['flaw']} --json",
        f"show {shown['flaw']}",
        "search lipei",
        "audit verify",
        "doctor",
    ]
    click.echo()
    if not once:
        click.echo(door.texts("cli.demo_next"))
    elif kept:
        click.echo(door.texts("cli.demo_kept"))
    else:
        click.echo(door.texts("cli.demo_gone"))
        path, questions = Path("DIR"), ["demo", *questions]
    for words in questions:
        click.echo(f"  faultline --data-dir {path} {words}")


COMMANDS = (demo_command,)
