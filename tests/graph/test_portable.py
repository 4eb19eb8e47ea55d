"""A snapshot file: whole, it is the register at its revision; in any other state it is refused, by name."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.history import CI, RELATIONSHIP, Thing
from graph.ontology import load_ontology
from graph.portable.container import DIGEST, FRONT, SnapshotRefusedError
from graph.portable.lines import LINES
from graph.portable.opened import Portable
from graph.portable.written import write_snapshot
from tests.docs.printed import insurer

META = {"store_id": "s", "head": "0" * 64, "zone": "Asia/Shanghai", "staged": [], "unseen": {}}
FROM = [f"host-{number:04}" for number in range(3 * LINES + 7)]


def things() -> Iterator[tuple[str, str, Thing]]:
    """CIs, of which one is retired, relationships of each kind of end, and records."""
    for number, ci_id in enumerate(FROM):
        state: dict[str, Any] = {"ci_class": "host", "name": f"主机 {number}", "fqdn": f"{number}.example"}
        yield CI, ci_id, Thing({**state, "status": "live"})
    yield CI, "gone", Thing({"ci_class": "host", "name": "gone", "status": "retired", "fqdn": "gone.example"})
    yield CI, "twin", Thing({"ci_class": "host", "name": "twin", "status": "live", "fqdn": "1.example"})
    yield RELATIONSHIP, f"{FROM[0]}|fails_over_to|{FROM[5]}", Thing({}, {"*": "inventory"})
    yield RELATIONSHIP, f"{FROM[0]}|depends_on|gone", Thing({"strength": "hard", "redundancy_group": "g"})
    yield "changes", "CHG-1", Thing({"title": "t"})
    yield "plans", "PLAN-1", Thing({"name": "not for a review"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of these things; its estate is that of the insurer with these hosts before it."""
    return write(tmp_path_factory.mktemp("snapshot") / "s.faultline")


def write(path: Path) -> Path:
    from graph.estate import Columns, build_estate

    ids = [*FROM, "twin"]
    none = np.empty(0, np.int64)
    columns = Columns(
        ids, ids, ["host"] * len(ids), [""] * len(ids), none, none, none.astype(np.uint8), none.astype(np.bool_), {}
    )
    with path.open("wb") as file:
        write_snapshot(file, build_estate(7, columns, load_ontology()), things(), load_ontology(), META)
    return path


def refused(data: bytes, folder: Path) -> str:
    path = folder / "altered.faultline"
    path.write_bytes(data)
    with pytest.raises(SnapshotRefusedError) as found:
        read(path)
    return found.value.message.key


def read(path: Path) -> None:
    opened = Portable(path, load_ontology())
    opened.lines(FROM)
    opened.records("changes")
    opened.holders("fqdn", ["1.example"])


def sealed(content: bytes) -> bytes:
    """As somebody writes it who knows how digests are made."""
    return content + hashlib.sha256(content).digest()


def test_what_was_written_is_read(made: Path) -> None:
    found = Portable(made, load_ontology())
    lines = found.lines([FROM[0], FROM[5], FROM[LINES], "gone", "nobody"])

    assert lines[FROM[0]].out == [
        ("depends_on", "gone", Thing({"strength": "hard", "redundancy_group": "g"})),
        ("fails_over_to", FROM[5], Thing({}, {"*": "inventory"})),
    ]  # fmt: skip
    assert lines[FROM[5]].into == [("fails_over_to", FROM[0], Thing({}, {"*": "inventory"}))]
    assert (lines["gone"].thing.state["status"], lines["gone"].into, "nobody" in lines) == ("retired", [], False)
    assert lines[FROM[LINES]].thing.state["name"] == f"主机 {LINES}"
    assert (found.estate.revision, found.records("changes"), found.records("slas")) == (
        7,
        {"CHG-1": {"title": "t"}},
        {},
    )
    # what two have, or a retired one, is nobody's
    assert found.holders("fqdn", ["0.example", "1.example", "gone.example", "x"]) == {"0.example": FROM[0]}


def test_only_what_a_review_needs_is_in_it(made: Path) -> None:
    found = Portable(made, load_ontology())

    with pytest.raises(SnapshotRefusedError) as raised:
        found.records("plans")
    assert raised.value.message.key == "snapshot.lacks"


def test_the_estate_of_the_insurer_is_the_same_graph(tmp_path: Path) -> None:
    before = insurer()
    file = io.BytesIO()
    cis = ((CI, ci_id, Thing({"ci_class": "host", "name": "n"})) for ci_id in before.ids)
    write_snapshot(file, before, cis, load_ontology(), META)
    (tmp_path / "s").write_bytes(file.getvalue())

    after = Portable(tmp_path / "s", load_ontology()).estate

    assert sorted(after.ids) == sorted(before.ids)
    for ci, ci_id in enumerate(before.ids):
        found = after.find(ci_id)
        assert found is not None
        assert told(after, found) == told(before, ci)
    for one, other in (
        (after.quorum_impossible, before.quorum_impossible),
        (after.dependency_lost, before.dependency_lost),
    ):
        assert {(after.ids[ci], group) for ci, group in one} == {(before.ids[ci], group) for ci, group in other}


def told(estate: Any, ci: int) -> list[Any]:
    """What an estate says of a CI; of each relationship its group, how many of it are needed and whether it feeds."""
    csr = estate.topology.csr
    place = int(csr.place[ci])
    found = []
    for edge in range(int(csr.beg[place]), int(csr.end[place])):
        code = int(csr.code[edge])
        grouped = (int(csr.needed[code]), int(csr.size[code]), bool(csr.feeds[code])) if code >= 0 else (code,)
        found.append((estate.relationship_id(ci, edge), estate.group_of(edge), *grouped))
    around = estate.provider_relationships(ci), estate.dependent_relationships(ci)
    return [estate.names[ci], estate.class_of(ci), estate.criticality_of(ci), *around, sorted(found)]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_altered_byte_is_noticed(made: Path, tmp_path: Path, at: float, flip: int) -> None:
    data = bytearray(made.read_bytes())
    data[int(at * len(data))] ^= flip

    assert refused(bytes(data), tmp_path) in {
        "snapshot.altered", "snapshot.truncated", "snapshot.foreign", "snapshot.version"
    }  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_off_is_said_to_be(made: Path, tmp_path: Path, share: float) -> None:
    data = made.read_bytes()
    kept = int(share * len(data))

    expected = {"snapshot.foreign"} if kept == 0 else {"snapshot.truncated"}
    assert refused(data[:kept], tmp_path) in expected


def test_what_is_added_is_noticed(made: Path, tmp_path: Path) -> None:
    assert refused(made.read_bytes() + b"\n", tmp_path) == "snapshot.altered"


def parts(made: Path) -> tuple[dict[str, Any], bytes]:
    data = made.read_bytes()
    start = len(FRONT) + 8
    length = int.from_bytes(data[len(FRONT) : start], "little")
    return orjson.loads(data[start : start + length]), data[start + length : -DIGEST]


def joined(header: Any, sections: bytes, front: bytes = FRONT) -> bytes:
    text = orjson.dumps(header)
    return sealed(front + len(text).to_bytes(8, "little") + text + sections)


def test_another_version_or_ontology_says_what_to_do(made: Path, tmp_path: Path) -> None:
    header, sections = parts(made)
    assert refused(joined(header, sections, b"faultline.snapshot/2\n"), tmp_path) == "snapshot.version"

    header["meta"]["ontology"] = "another"
    assert refused(joined(header, sections), tmp_path) == "snapshot.ontology"


# what somebody may write who knows the form: (section, array of it as it would be)
FORGED: dict[str, tuple[str, NDArray[Any] | None]] = {
    "an end that is no CI": ("target", np.array([10**9], np.int32)),
    "a loop": ("target", np.array([0], np.int32)),
    "more relationships than there are": ("degree", np.full(len(FROM) + 1, 2**31 - 1, np.int32)),
    "less than none": ("degree", np.full(len(FROM) + 1, -1, np.int32)),
    "a class that is not named": ("class", np.full(len(FROM) + 1, 9, np.uint16)),
    "a criticality that is none": ("criticality", np.full(len(FROM) + 1, 200, np.uint8)),
    "texts longer than all": ("ids.length", np.full(len(FROM) + 1, 10**6, np.int32)),
    "texts of no length": ("ids.length", np.full(len(FROM) + 1, -5, np.int32)),
    "no UTF-8": ("names.blob", None),
    "a place past the end": ("ids.order", np.full(len(FROM) + 1, 10**6, np.int32)),
    "blocks that run back": ("lines.ends", np.array([0, 5, 1, 9, 9], np.int64)),
    "something hidden elsewhere": ("hidden", np.array([0, 10**6, 0, -1], np.int32)),
    "half a row": ("hidden", np.array([0, 1, 0], np.int32)),
    "an array of another type": ("degree", np.zeros(len(FROM) + 1, np.int64)),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_file_with_the_right_digest_is_refused_before_anything_runs_on_it(
    made: Path, tmp_path: Path, what: str
) -> None:
    name, array = FORGED[what]
    header, sections = parts(made)
    if array is None:
        said = header["sections"][name]
        array = np.full(said["raw"], 0xFF, np.uint8)
    raw = array.tobytes()
    header["sections"][name] = {
        "at": len(sections), "size": len(raw), "raw": len(raw), "packed": False, "type": array.dtype.str
    }  # fmt: skip

    assert refused(joined(header, sections + raw), tmp_path) == "snapshot.malformed"


@pytest.mark.parametrize(
    "said",
    [
        {"at": 0, "size": 10**15, "raw": 4, "packed": False, "type": "<i4"},
        {"at": -4, "size": 4, "raw": 4, "packed": False, "type": "<i4"},
        {"at": 0, "size": 4, "raw": 2**60, "packed": True, "type": "<i4"},
        {"at": 0, "size": 40, "raw": 40, "packed": True, "type": "<i4"},
        {"at": 0, "size": 4, "raw": 4, "packed": False, "type": "|O"},
        {"at": 0.5, "size": 4, "raw": 4, "packed": False, "type": "<i4"},
        [],
    ],
)
def test_a_section_that_cannot_be_is_refused(made: Path, tmp_path: Path, said: Any) -> None:
    header, sections = parts(made)
    header["sections"]["degree"] = said

    assert refused(joined(header, sections), tmp_path) == "snapshot.malformed"


def test_a_section_that_unpacks_to_more_than_it_says_takes_no_memory(made: Path, tmp_path: Path) -> None:
    import tracemalloc
    import zlib

    header, sections = parts(made)
    bomb = zlib.compress(b"\0" * 200_000_000)
    header["sections"]["records"] = {"at": len(sections), "size": len(bomb), "raw": 10, "packed": True}
    tracemalloc.start()
    try:
        assert refused(joined(header, sections + bomb), tmp_path) == "snapshot.malformed"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"PK\x03\x04", b"faultline.snapshot/", b"faultline.snapshot/x\n" + b"0" * 99]
)
def test_what_is_no_snapshot_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refused(data, tmp_path) in {"snapshot.foreign", "snapshot.truncated", "snapshot.altered"}


def test_a_folder_or_nothing_is_no_snapshot(tmp_path: Path) -> None:
    for path, key in ((tmp_path, "snapshot.foreign"), (tmp_path / "no", "snapshot.missing")):
        with pytest.raises(SnapshotRefusedError) as found:
            Portable(path, load_ontology())
        assert found.value.message.key == key


def test_an_ontology_of_another_version_is_told_by_its_digest(made: Path) -> None:
    with pytest.raises(SnapshotRefusedError) as found:
        Portable(made, replace(load_ontology(), digest="x"))
    assert found.value.message.key == "snapshot.ontology"
