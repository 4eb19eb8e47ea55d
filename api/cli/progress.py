"""A progress bar with rate and remaining time, on stderr and only where that is a terminal."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli.door import Door
from importers.run import Watch


@contextlib.contextmanager
def watching(door: Door, stopped: Callable[[], bool]) -> Iterator[Watch]:
    """Show how an import goes on."""
    console = Console(stderr=True)
    if not console.is_terminal or door.as_json:
        yield Watch(stopped=stopped)
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
