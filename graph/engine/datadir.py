"""The data directory's own format: what lies where in it. A newer one is refused, an older one is brought forward."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from graph.engine.files import Files, held, put, try_lock
from graph.errors import StorageError

FORMAT = 1  # of the directory as a whole; what is in the database has a number of its own (graph.store.migrate)
FORMAT_FILE = "format"
ENGINE = "engine"  # the folder of the engine and its locks
OLD_ENGINE = "db"  # its name in format 0, which had no format file


def settle(data_dir: Path) -> Files:
    """Make a new data directory, or bring an older one to this version's format; returns the engine's files.

    Before an older directory is changed, a copy of it is left beside it (`<name>.format-<n>`).

    Raises
    ------
    StorageError
        `engine.no_directory`: it cannot be read or written. `engine.newer_directory`: a newer version wrote it.
        `engine.in_use`: an older version is at work in it. `engine.bad_format`: its format file holds no number.
    """
    try:
        for number in range(refuse_newer(data_dir), FORMAT):
            _bring_forward(data_dir, number)
        files = Files(data_dir / ENGINE)
        files.make()
        if not (data_dir / FORMAT_FILE).exists():
            _note(data_dir, FORMAT)
    except OSError as error:
        raise StorageError("engine.no_directory", path=str(data_dir), reason=error.strerror or "") from error
    return files


def refuse_newer(data_dir: Path) -> int:
    """The format of a data directory that this version can use; StorageError `engine.newer_directory` for a newer."""
    found = format_of(data_dir)
    if found > FORMAT:
        raise StorageError("engine.newer_directory", path=str(data_dir), found=found, known=FORMAT)
    return found


def format_of(data_dir: Path) -> int:
    """The format of a data directory; a directory that is not there, or is empty of ours, has this version's."""
    note = data_dir / FORMAT_FILE
    if note.exists():
        text = note.read_text(encoding="utf-8", errors="replace").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise StorageError("engine.bad_format", path=str(note), value=text[:60])
        return int(text)
    return 0 if (data_dir / OLD_ENGINE).is_dir() else FORMAT


def _bring_forward(data_dir: Path, number: int) -> None:
    with held(data_dir / "upgrade.lock"):
        if format_of(data_dir) > number:  # another process was faster
            return
        _refuse_used(data_dir)
        backup = data_dir.with_name(f"{data_dir.name}.format-{number}")
        if not backup.exists():
            # copied whole under another name first, so that a copy cut short is never taken for one
            fresh = backup.with_name(f"{backup.name}.part")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(data_dir, fresh, ignore=shutil.ignore_patterns("*.lock"))
            fresh.replace(backup)
        STEPS[number](data_dir)
        _note(data_dir, number + 1)


def _refuse_used(data_dir: Path) -> None:
    old = data_dir / OLD_ENGINE / "supervisor.lock"
    if old.exists():
        alone = try_lock(old)
        if alone is None:
            raise StorageError("engine.in_use", path=str(data_dir))
        os.close(alone)


def _rename_engine(data_dir: Path) -> None:
    old, new = data_dir / OLD_ENGINE, data_dir / ENGINE
    if old.is_dir() and not new.exists():
        old.replace(new)
    (new / "port.json").unlink(missing_ok=True)


def _note(data_dir: Path, number: int) -> None:
    put(data_dir / FORMAT_FILE, f"{number}\n")


STEPS: Mapping[int, Callable[[Path], None]] = {0: _rename_engine}
