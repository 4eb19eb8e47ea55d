"""The data directory: its format, its password, and who may use it."""

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graph.engine import open_engine
from graph.engine.datadir import FORMAT, format_of, settle
from graph.engine.files import Files, try_lock
from graph.errors import StorageError
from graph.settings import Settings


@pytest.fixture
def format_0(tmp_path: Path) -> Path:
    """A data directory as the first development versions left it: no format file, the engine under `db`."""
    folder = tmp_path / "data"
    old = Files(folder / "db")
    old.make()
    (old.home / "arcadedb").mkdir()
    (old.home / "arcadedb" / "table").write_text("kept")
    (old.home / "port.json").write_text("{}")
    (folder / "head.json").write_text('{"store_id": "s", "last": 3, "hash": "h"}')
    return folder


def test_a_new_directory_has_this_versions_format_and_a_password_for_its_user_only(tmp_path: Path) -> None:
    files = settle(tmp_path / "data")

    assert format_of(tmp_path / "data") == FORMAT
    assert (tmp_path / "data" / "format").read_text() == f"{FORMAT}\n"
    assert stat.S_IMODE((files.home / "password").stat().st_mode) == 0o600
    assert len(files.password()) >= 32


def test_a_data_directory_is_the_same_one_wherever_the_engine_is_started_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert Settings.from_environment({"FAULTLINE_DATA_DIR": "rel"}).data_dir == tmp_path / "rel"
    assert Settings.from_environment({}).at(Path("other")).data_dir == tmp_path / "other"


def test_settling_again_keeps_the_password(tmp_path: Path) -> None:
    first = settle(tmp_path).password()

    assert settle(tmp_path).password() == first
    assert sorted(p.name for p in (tmp_path / "engine").iterdir()) == ["password"]


def test_an_older_directory_is_brought_forward_with_a_backup_beside_it(format_0: Path) -> None:
    password = Files(format_0 / "db").password()

    files = settle(format_0)

    assert (format_of(format_0), files.password()) == (1, password)
    assert (files.home / "arcadedb" / "table").read_text() == "kept"
    assert not (format_0 / "db").exists()
    backup = format_0.with_name("data.format-0")
    assert (format_of(backup), (backup / "db" / "arcadedb" / "table").read_text()) == (0, "kept")
    assert (backup / "head.json").read_text() == (format_0 / "head.json").read_text()


@pytest.mark.parametrize("phase", ["copying", "renamed"])
def test_a_directory_whose_bringing_forward_was_cut_short_is_brought_forward(format_0: Path, phase: str) -> None:
    backup = format_0.with_name("data.format-0")
    if phase == "copying":
        shutil.copytree(format_0 / "db", backup.with_name(f"{backup.name}.part"))
    else:
        shutil.copytree(format_0, backup)
        (format_0 / "db").replace(format_0 / "engine")

    settle(format_0)

    assert format_of(format_0) == 1
    assert (format_0 / "engine" / "arcadedb" / "table").read_text() == "kept"
    assert (backup / "db" / "arcadedb" / "table").read_text() == "kept"


def test_an_older_directory_in_use_is_left_alone(format_0: Path) -> None:
    lock = try_lock(format_0 / "db" / "supervisor.lock")
    assert lock is not None

    with pytest.raises(StorageError, match=r"engine\.in_use"):
        settle(format_0)

    os.close(lock)
    assert (format_0 / "db").is_dir()
    assert not format_0.with_name("data.format-0").exists()


@pytest.mark.parametrize("remote", [None, "bolt://127.0.0.1:1"])
def test_a_newer_directory_is_refused_before_anything_starts(tmp_path: Path, remote: str | None) -> None:
    (tmp_path / "format").write_text("2\n")

    with pytest.raises(StorageError) as refused, open_engine(Settings(tmp_path, neo4j_uri=remote)):
        pass

    assert refused.value.message.key == "engine.newer_directory"
    assert dict(refused.value.message.params) == {"path": str(tmp_path), "found": 2, "known": FORMAT}
    assert [p.name for p in tmp_path.iterdir()] == ["format"]


def test_a_format_that_is_no_number_is_refused(tmp_path: Path) -> None:
    (tmp_path / "format").write_text("one")

    with pytest.raises(StorageError, match=r"engine\.bad_format"):
        settle(tmp_path)


def test_a_data_directory_that_is_a_file_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(StorageError, match=r"engine\.no_directory"):
        settle(tmp_path / "data")


def test_something_else_in_the_engines_place_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "engine").write_text("")

    with pytest.raises(StorageError, match=r"engine\.no_directory"), open_engine(Settings(tmp_path)):
        pass


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder where nobody may write, as Linux has one")
def test_a_directory_where_nobody_may_write_cannot_be_used() -> None:
    with pytest.raises(StorageError, match=r"engine\.no_directory"):
        settle(Path("/proc/faultline"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_cannot_be_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(StorageError, match=r"engine\.no_directory"):
        settle(tmp_path / "data")

    tmp_path.chmod(0o700)


def test_those_who_make_one_directory_at_once_all_find_it_made(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for number in range(50):
            folder = tmp_path / str(number)
            found = list(pool.map(lambda _, folder=folder: settle(folder).password(), range(4)))
            assert (len(set(found)), format_of(folder)) == (1, FORMAT)
            assert sorted(p.name for p in folder.rglob("*")) == ["engine", "format", "password"]
