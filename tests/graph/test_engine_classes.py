"""What Java keeps of the embedded engine's classes is used where it fits, and passed over where it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.engine import Endpoint, classes, connect, kinds
from graph.engine.classes import keep_classes
from graph.engine.datadir import settle
from graph.engine.kinds import EMBEDDED, KEPT, embedded_package, launch
from graph.engine.supervisor import end, free_ports, run, wait_until_ready
from graph.settings import Settings


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The embedded engine in a folder of its own, without anything kept."""
    installed, copy = embedded_package(), tmp_path / "package"
    copy.mkdir()
    for name in ("jre", "jars"):
        (copy / name).symlink_to(installed / name)
    for module in (kinds, classes):
        monkeypatch.setattr(module, "embedded_package", lambda: copy)
    return copy


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """The engine, as it starts now; what it says meanwhile."""
    files = settle(folder)
    port, http_port = free_ports(2)
    way = launch(EMBEDDED, files.home, port, http_port, "512m")
    process = run(files, way.command)
    try:
        wait_until_ready(files, process, way, port, 300.0)
        yield files.log.read_text(encoding="utf-8")
    finally:
        end(process)


def ask(endpoint: Endpoint) -> None:
    """What the engine is kept for."""
    with connect(endpoint, Settings(Path())) as line, line.session(database=endpoint.database) as session:
        session.run("CREATE (a:Kept) RETURN a").consume()


@pytest.mark.long
def test_classes_are_kept_once_and_passed_over_where_a_byte_is_wrong(package: Path, tmp_path: Path) -> None:
    assert [keep_classes(ask), keep_classes(ask)] == [True, False]
    with started(tmp_path / "whole") as said:
        assert "[aot]" not in said

    kept = bytearray((package / KEPT).read_bytes())
    kept[len(kept) // 2] ^= 1
    (package / KEPT).write_bytes(kept)

    with started(tmp_path / "altered") as said:
        assert "[aot]" in said
    assert keep_classes(ask)


@pytest.mark.long
def test_nothing_is_kept_of_an_engine_that_does_not_start(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Endpoint) -> None:
        raise OSError("no import today")

    with pytest.raises(OSError, match="no import today"):
        keep_classes(refuse)

    assert [path.name for path in package.iterdir() if path.name not in {"jre", "jars"}] == []
