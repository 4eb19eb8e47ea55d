"""What is served to a browser: the living example, or tables of one's own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api.register import open_register
from graph.settings import Settings
from tests.api.command import environment
from tests.api.served import serving
from tests.engines import Database, imported, inventory

INSURER = Path(__file__).parents[3] / "examples" / "insurer" / "inventory"


@contextmanager
def insurer_with(engine: Database, folder: Path, more: Mapping[str, str]) -> Iterator[str]:
    """The example with more tables, in a scope of their own, served by an engine that is emptied first; the address."""
    engine.wipe()
    settings = Settings.from_environment(environment(engine, folder / "data"))
    with open_register(settings) as register:
        imported(register.store, INSURER)
        imported(register.store, inventory(folder / "more", more), scope="more")
    with serving(engine, folder) as (_, url):
        yield url


@contextmanager
def tables_served(engine: Database, folder: Path, tables: Mapping[str, str]) -> Iterator[str]:
    """Tables of one's own, served by an engine that is emptied first; the address."""
    engine.wipe()
    settings = Settings.from_environment(environment(engine, folder / "data"))
    with open_register(settings) as register:
        imported(register.store, inventory(folder / "tables", tables))
    with serving(engine, folder) as (_, url):
        yield url
