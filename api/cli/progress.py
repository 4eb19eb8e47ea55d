"""How an import goes on, on stderr: a bar with rate and remaining time on a terminal, else now and then a JSON line."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli.door import Door

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate
    from importers.run import Watch

EVERY = 5.0  # seconds between two JSON lines, so that a short run says nothing


@contextlib.contextmanager
def watching(door: Door, stopped: Callable[[], bool]) -> "Iterator[Watch]":
    """Show how an import goes on."""
    from importers.run import Watch

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _in_lines(stopped)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        reading = progress.add_task(door.texts("cli.reading"), total=None, rate="")
        loading = progress.add_task(door.texts("cli.loading"), total=None, rate="", visible=False)

        def settled(total: int) -> None:
            progress.update(reading, visible=False)
            progress.update(loading, total=total, visible=True)

        def loaded(rows: int) -> None:
            progress.advance(loading, rows)
            speed = progress.tasks[1].speed or 0
            progress.update(loading, rate=door.texts("cli.rate", rate=f"{speed:,.0f}"))

        yield Watch(lambda rows: progress.advance(reading, rows), settled, loaded, stopped)


def _in_lines(stopped: Callable[[], bool]) -> "Watch":
    from importers.run import Watch

    rows: dict[str, int] = {"read": 0, "loaded": 0}
    total: list[int] = []
    last = started = time.monotonic()

    def note(what: str, some: int) -> None:
        nonlocal last
        rows[what] += some
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            line = {**rows, "of": total[-1] if total else None, "seconds": round(now - started, 1)}
            click.echo(json.dumps({"progress": line}), err=True)

    return Watch(lambda some: note("read", some), total.append, lambda some: note("loaded", some), stopped)


def estate_of(door: Door, register: "Register", revision: int | None = None) -> "Estate":
    """The estate to ask; says why the first question after installation takes longer, and of a snapshot not used."""
    say_compiling(door)
    estate = register.estate(revision)
    if register.live.ignored:
        click.echo(door.texts(f"cli.snapshot_{register.live.ignored}"), err=True)
    return estate


def say_compiling(door: Door) -> None:
    """Say why the first question after installation takes longer than the next ones."""
    from graph.kernels import KEPT

    if sys.stderr.isatty() and not any(KEPT.rglob("*.nbi")):
        click.echo(door.texts("cli.compiling"), err=True)
