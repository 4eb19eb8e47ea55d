"""A snapshot is what was saved, or it is passed over; nobody who reads an old one is disturbed by a new one."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import snapshot
from graph.estate import Estate
from graph.snapshot import ALIGN, MAGIC, SnapshotIgnored, load, save
from queries.blast_radius import blast_radius
from tests.graph.estates import LONG, Drawn, estates, named_estate, seeds_of

ARRAYS: dict[str, Any] = {
    "places": np.arange(40, dtype=np.int32),
    "flags": np.array([True, False, True]),
    "none": np.empty(0, np.int64),
    "pairs": np.arange(6, dtype=np.uint16).reshape(3, 2),
}
META = {"store_id": "mine", "revision": 7}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A snapshot that is whole."""
    save(tmp_path / "deep" / "snapshot", META, ARRAYS)
    return tmp_path / "deep" / "snapshot"


def reason(path: Path, store_id: str | None = "mine") -> str | None:
    try:
        load(path, store_id)
    except SnapshotIgnored as ignored:
        return ignored.reason
    return None


def test_what_is_loaded_is_what_was_saved(path: Path) -> None:
    found = load(path, "mine")

    assert found.meta == META
    assert list(found.arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (array.dtype, array.shape)
        assert (found.arrays[name] == array).all()
        assert found.arrays[name].ctypes.data % found.arrays[name].itemsize == 0
    with pytest.raises(ValueError, match="read-only"):
        found.arrays["places"][0] = 1


@pytest.mark.parametrize("arrays", [{}, {"none": np.empty(0, np.int32)}])
def test_a_snapshot_without_a_single_number_is_one(tmp_path: Path, arrays: Any) -> None:
    save(tmp_path / "snapshot", META, arrays)

    assert {name: array.tolist() for name, array in load(tmp_path / "snapshot", "mine").arrays.items()} == {
        name: [] for name in arrays
    }


def test_a_file_cut_anywhere_is_torn(path: Path) -> None:
    whole = path.read_bytes()
    assert len(whole) % ALIGN == 0

    for length in {*range(0, len(whole), ALIGN), *range(40), len(whole) - 1}:
        path.write_bytes(whole[:length])
        assert reason(path) == "torn", f"cut at {length}"


def test_every_wrong_byte_before_the_arrays_is_noticed_at_once(path: Path) -> None:
    whole = path.read_bytes()
    length = int.from_bytes(whole[len(MAGIC) : len(MAGIC) + 8], "little")

    for at in range(len(MAGIC) + 16 + length):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :])
        assert reason(path) == "torn", f"byte {at}"


def test_a_wrong_byte_in_an_array_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    for array in ARRAYS.values():
        start = whole.index(array.tobytes()) if array.size else len(whole)
        for at in range(start, min(start + array.nbytes, len(whole))):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
            assert reason(path) == "torn", f"byte {at}"


def test_another_store_or_layout_is_not_ours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (reason(path, "other"), reason(path, None)) == ("foreign", None)

    monkeypatch.setattr(snapshot, "FORMAT", snapshot.FORMAT + 1)
    save(path.with_name("later"), META, ARRAYS)
    monkeypatch.undo()

    assert reason(path.with_name("later")) == "newer"


def test_a_layout_that_is_not_known_is_not_looked_into(path: Path) -> None:
    header = json.dumps({"format": 99, "other": "things"}).encode()
    path.write_bytes(MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little") + header)

    assert reason(path) == "newer"


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"PK\x03\x04 something else entirely", MAGIC])
def test_a_file_of_something_else_is_passed_over(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert reason(path) == "torn"


def test_what_cannot_be_read_is_missing(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(tmp_path / "none") == "missing"
    assert reason(tmp_path) == "missing"
    assert reason(path / "below") == "missing"

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert reason(path) == "missing"


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="deep/snapshot"):
        save(path / "below", META, ARRAYS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(path, {"store_id": "mine", "revision": 8}, ARRAYS)

    assert list(path.parent.iterdir()) == [path]
    assert load(path, "mine").meta["revision"] == 7


def test_who_has_the_old_one_open_keeps_it(path: Path) -> None:
    old = load(path)

    save(path, {"store_id": "mine", "revision": 8}, {"places": np.zeros(4_000, np.int32)})

    assert old.arrays["places"].tolist() == list(range(40))
    assert (load(path).meta["revision"], len(load(path).arrays["places"])) == (8, 4_000)


@pytest.mark.many
@settings(max_examples=2_000 if LONG else 40, deadline=None)
@given(st.data())
def test_an_estate_reloaded_answers_as_the_one_saved(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = {f"ci-{ci}": effect for ci, effect in data.draw(seeds_of(drawn)).items()}
    saved = named_estate(drawn)
    path = tmp_path_factory.getbasetemp() / "estate"

    save(path, {"store_id": "mine", **saved.meta()}, saved.arrays())
    found = load(path, "mine")
    again = Estate.from_arrays(found.meta, found.arrays)

    assert {name: array.tolist() for name, array in again.arrays().items()} == {
        name: array.tolist() for name, array in saved.arrays().items()
    }
    assert again.meta() == saved.meta()
    assert list(again.names) == list(saved.names)
    assert again.services().tolist() == saved.services().tolist()
    assert blast_radius(again, seeds).plain() == blast_radius(saved, seeds).plain()
