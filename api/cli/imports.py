"""`faultline import` and `faultline export`."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from api.cli.door import Door, fail, t, told
from api.cli.usage import Command
from graph.errors import Message
from importers.registry import MODULES

if TYPE_CHECKING:
    from api.register import Register

FINDINGS = ("rejected", "conflicts", "unresolved", "warnings")
NICENESS = 10  # of a process that imports: a server on the same machine goes first
SHOWN = 20  # findings that the text names; the rest is counted


@click.command("import", cls=Command, help=t("cli.import_help"))
@click.argument("data_source", required=False, type=click.Choice(sorted(MODULES)), metavar="[DATA_SOURCE]")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--dry-run", is_flag=True, help=t("cli.dry_run_help"))
@click.option("--full", is_flag=True, help=t("cli.full_help"))
@click.option("--scope", help=t("cli.scope_help"))
@click.option("--strict", is_flag=True, help=t("cli.strict_help"))
@click.option("--create-references", is_flag=True, help=t("cli.create_references_help"))
@click.option("--project", help=t("cli.project_help"))
@click.option("--cluster", default="default", show_default=True, help=t("cli.cluster_help"))
@click.option("--change", help=t("cli.change_help"))
@click.option("--undo", metavar="RUN", help=t("cli.undo_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def import_command(door: Door, /, data_source: str | None, paths: tuple[str, ...], **options: Any) -> None:
    """Import from a data source, or undo a run."""
    from api.register import open_register

    door.as_json = options.pop("as_json")
    undo = options.pop("undo")
    if undo is None and (data_source is None or not paths):
        fail(door, Message("usage.import_nothing"), 2)
    if undo is not None and data_source is not None:
        fail(door, Message("usage.import_both"), 2)
    with told(door), open_register(door.settings) as register:
        if undo is not None:
            _undo(door, register, undo)
            return
        leave_room()
        report = _run(door, register, str(data_source), paths, options)
        _print(door, report)
        sys.exit(1 if report["rejected"] or report["conflicts"] else 0)


def leave_room() -> None:
    """Let processes that answer go first from here on; called once the engine runs, which answers too."""
    if hasattr(os, "nice"):
        os.nice(max(0, NICENESS - os.nice(0)))


def _undo(door: Door, register: "Register", run: str) -> None:
    from importers.undo import undo_run

    done = undo_run(register.store, run, door.actor)
    if door.as_json:
        door.answer({"undone": done.run, "revision": done.revision, "revisions": done.revisions})
    else:
        click.echo(door.texts("cli.undone", run=done.run, revisions=done.revisions, revision=done.revision))


def _run(
    door: Door, register: "Register", data_source: str, paths: Sequence[str], options: dict[str, Any]
) -> dict[str, Any]:
    from api.cli.progress import watching
    from importers.model import Request
    from importers.plan import StrictlyRefusedError
    from importers.registry import source_named
    from importers.run import run_import

    change = options.pop("change")
    with _interruptible() as stopped, _standard_input() as spool:
        request = Request(paths, door.settings, standard_input=spool, ontology=register.store.ontology, **options)
        with watching(door, stopped) as watch:
            try:
                report = run_import(
                    source_named(data_source), request, register.store, door.actor, change=change, watch=watch
                ).plain()
            except StrictlyRefusedError as refused:
                _say_refused(door, [finding.plain() for finding in refused.findings])
                raise
        for name in FINDINGS:
            _word(door, report[name])
        return report


def _word(door: Door, findings: list[dict[str, Any]]) -> None:
    for finding in findings:
        finding["message"] = door.texts.say(Message(finding["key"], finding["params"]))


def _say_refused(door: Door, findings: list[dict[str, Any]]) -> None:
    _word(door, findings)
    if not door.as_json:
        _print_findings(door, "rejected", findings, err=True)


@contextlib.contextmanager
def _interruptible() -> Iterator[Any]:
    """The first Ctrl-C lets the batch finish; a second one ends at once."""
    pressed: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _standard_input() -> Iterator[Any]:
    with tempfile.TemporaryDirectory(prefix="faultline-stdin-") as folder:

        def spool() -> Path:
            path = Path(folder) / "standard-input.ndjson"
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
            return path

        yield spool


def _print(door: Door, report: dict[str, Any]) -> None:
    if door.as_json:
        door.answer(report)
        return
    say = door.texts
    key = "cli.import_dry" if report["dry_run"] else "cli.import_done"
    click.echo(say(key, revisions=report["revisions"], revision=report["revision"], scope=report["scope"]))
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("cis", "relationships", "records"):
        table.add_column(say(f"cli.table_{name}"), justify="right")
    for what in ("created", "updated", "unchanged", "ended"):
        table.add_row(say(f"cli.count_{what}"), *(f"{report[what][n]:,}" for n in ("cis", "relationships", "records")))
    door.out.print(table)
    if report["missing"]:
        click.echo(say("cli.missing", count=report["missing"], ids=", ".join(report["missing_cis"][:5])))
    for name in FINDINGS:
        _print_findings(door, name, report[name])
    if not report["dry_run"]:
        click.echo(say("cli.import_undo", run=report["run"]))


def _print_findings(door: Door, name: str, findings: list[dict[str, Any]], *, err: bool = False) -> None:
    if not findings:
        return
    click.echo(door.texts(f"cli.findings_{name}", count=len(findings)), err=err)
    for finding in findings[:SHOWN]:
        click.echo("  " + _line(finding), err=err)
    if len(findings) > SHOWN:
        click.echo("  " + door.texts("cli.more", count=len(findings) - SHOWN), err=err)


def _line(finding: dict[str, Any]) -> str:
    place = finding["file"] if finding["line"] is None else f"{finding['file']}:{finding['line']}"
    message = str(finding["message"])
    if message.startswith(place):
        return message
    field = f" {finding['field']}" if finding["field"] else ""
    return f"{place}{field}: {message}"


@click.command("export", cls=Command, help=t("cli.export_help"))
@click.argument("format_", metavar="FORMAT", type=click.Choice(["inventory", "graphml", "json", "cypher", "snapshot"]))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as-of", help=t("cli.as_of_help"))
@click.option("--spreadsheet", is_flag=True, help=t("cli.spreadsheet_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def export_command(door: Door, format_: str, path: Path, as_of: str | None, spreadsheet: bool, as_json: bool) -> None:
    """Write the register to files."""
    from api.export import export
    from api.register import open_register

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        if format_ == "snapshot":
            from api.offline import export_snapshot

            counts = export_snapshot(register, path, as_of)
        else:
            counts = export(register, format_, path, as_of, spreadsheet=spreadsheet)
        if as_json:
            door.answer({"format": format_, "path": str(path), "rows": counts})
        else:
            rows = ", ".join(f"{table} {count:,}" for table, count in counts.items())
            click.echo(door.texts("cli.exported", path=str(path), rows=rows))


COMMANDS = (import_command, export_command)
