"""Engines for the tests of storage, and what a test needs to work with a register on them."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from graph.engine import Endpoint, connect, open_engine
from graph.engine.line import Line
from graph.history import Header, Thing
from graph.ontology import Ontology, load_ontology
from graph.settings import Settings
from graph.store import Edit, Store, Written, relationship_key
from graph.store.head import Head
from graph.store.store import Draft
from graph.store.transaction import Sessions
from importers.model import Request
from importers.registry import source_named
from importers.run import run_import

KINDS = ("embedded", "neo4j")
HEADER = Header("tester", "inventory")
# ArcadeDB 26.10 takes nine seconds of a core for the example in transactions given from here, and one in its own
WIPING = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS RETURN count(*) AS c"


@dataclass(frozen=True)
class Database:
    """A running engine of one kind, to be emptied between tests."""

    kind: str
    settings: Settings
    endpoint: Endpoint
    line: Line

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.line, self.endpoint.database, self.settings.retry_seconds)

    def wipe(self) -> None:
        """Delete everything; constraints and indexes stay, and are declared again only if they are not there."""
        with self.line.session(database=self.endpoint.database) as session:
            while session.run(WIPING).single(strict=True)["c"]:
                pass

    def run(self, text: str, **parameters: Any) -> list[dict[str, Any]]:
        """A statement by hand, as somebody with the database's own tools would run it."""
        with self.line.session(database=self.endpoint.database) as session:
            return [row.data() for row in session.run(text, **parameters)]

    def open(self, folder: Path, ontology: Ontology | None = None, **options: Any) -> Store:
        """The register in this database, its head kept in `folder`."""
        return Store.open(self.sessions, ontology or load_ontology(), Head(folder / "head.json"), **options)


def why_not(kind: str) -> str | None:
    """Why an engine of that kind cannot be had here."""
    if kind == "neo4j" and not (shutil.which("java") and shutil.which("mvn")):
        return "Neo4j needs Java and Maven, which are not installed"
    return None


@contextmanager
def running(kind: str, folder: Path, **options: Any) -> Iterator[Database]:
    """An engine of that kind with its data in `folder`."""
    # a machine that does other things too may start it slowly; how slowly is no claim of these tests
    settings = replace(
        Settings(folder, engine_memory="512m", retry_seconds=20.0, engine_start_timeout=300.0), **options
    )
    with open_engine(settings, kind) as endpoint, connect(endpoint, settings) as line:
        yield Database(kind, settings, endpoint, line)


def imported(
    store: Store, *paths: Path, source: str = "inventory", actor: str = "tester", **options: Any
) -> dict[str, Any]:
    """The report of an import run."""
    request = Request(list(paths), Settings(Path()), ontology=store.ontology, **options)
    return run_import(source_named(source), request, store, actor).plain()


def written(store: Store, edits: Iterable[Edit], marker: str | None = None) -> Written:
    """Write edits as one transaction."""
    listed = list(edits)
    return store.write(lambda _: Draft(listed), HEADER, marker)


def inventory(folder: Path, tables: Mapping[str, str] | None = None, **texts: str) -> Path:
    """A folder of inventory files: `cis="ci_id,name,…"` becomes `cis.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**(tables or {}), **texts}.items():
        file = folder / (name if "." in name else f"{name}.csv")
        file.write_text(text, encoding="utf-8", newline="")
    return folder


def ndjson(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """A file of NDJSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


def host(ci_id: str, **fields: Any) -> Edit:
    """An edit that makes or changes a host."""
    state = {"ci_class": "host", "name": ci_id, "status": "live", **fields}
    return Edit("ci", ci_id, Thing(state, {"*": "inventory"}))


def depends(source: str, target: str, **fields: Any) -> Edit:
    """An edit that makes or changes a relationship."""
    key = relationship_key(source, "depends_on", target)
    return Edit("rel", key, Thing({"strength": "hard", **fields}, {"*": "inventory"}))


def change(change_id: str) -> Thing:
    """A record of the table of changes."""
    return Thing({"change_id": change_id, "title": "move"}, {"*": "inventory"})
