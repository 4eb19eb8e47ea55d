"""The file of a backup: whatever is cut off, altered, moved or forged is refused before anything is written."""

import io
import random
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.texts import LANGUAGES, Texts
from graph.errors import BadInputError
from graph.history import ORIGIN, Header, Revision, Thing, make_commit
from graph.ontology import load_ontology
from graph.store import backup_file
from graph.store.backup import Sum
from graph.store.backup_file import KeptCommit, KeptNode, Reader, Writer
from graph.store.restore import check

ONTOLOGY = load_ontology()
NODES = [KeptNode("runs", {"fl_key": "r1", "full": True, "report": b"\0\xff", "scopes": ["a", "b"]})] * 3


def commits(many: int = 12, kind: str = "ci") -> Iterator[KeptCommit]:
    previous = ORIGIN
    for number in range(many):
        things = [Thing({"name": f"系统\n{number}-{at}", "ci_class": "host"}, {"*": "inventory"}) for at in range(3)]
        rows = [
            Revision(number * 3 + at + 1, kind, f"h-{number}-{at}", None, each, 0) for at, each in enumerate(things)
        ]
        commit = make_commit(rows, "2026-11-01T00:00:00.000000Z", Header("tester", "inventory", run="r1"), previous)
        previous = commit.hash
        yield KeptCommit.of(commit, f"m{number}")


def backup(written: list[KeptCommit], **said: object) -> bytes:
    """A backup of these commits, of many blocks."""
    file, total = io.BytesIO(), Sum()
    writer = Writer(file)
    last = written[-1]
    head = {"store_id": "s", "revision": last.last, "head": last.hash, "made_at": "2026-11-01T00:00:00Z"}
    writer.begin({**head, **said})
    for node in NODES:
        writer.add(node)
    for commit in written:
        total.of_commit(commit)
        writer.add(commit)
    writer.end({"commits": len(written), "nodes": len(NODES), "sum": total.text, "graph_hash": None})
    return file.getvalue()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a commit or two."""
    monkeypatch.setattr(backup_file, "BLOCK", 900)


@cache
def whole() -> bytes:
    return backup(list(commits()))


def refusal(content: bytes) -> BadInputError:
    with pytest.raises(BadInputError) as refused:
        check(io.BytesIO(content), ONTOLOGY)
    for language in LANGUAGES:
        assert Texts(language).say(refused.value.message)
    return refused.value


def boundaries(content: bytes) -> list[int]:
    """Where lines between blocks, and blocks, end; the end of the file aside."""
    found, at = [], content.index(b"\n") + 1
    while at < len(content):
        found.append(at)
        end = content.index(b"\n", at) + 1
        found.append(end)
        at = end + orjson.loads(content[at:end]).get("bytes", 0)
    return found[:-1]


def test_what_was_written_is_read() -> None:
    content = whole()

    found = list(Reader(io.BytesIO(content)))
    checked = check(io.BytesIO(content), ONTOLOGY)

    assert found == [*NODES, *commits()]
    assert (checked.revision, checked.commits, checked.store_id) == (36, 12, "s")
    assert len(boundaries(content)) > 10


def test_a_backup_cut_off_at_any_boundary_or_anywhere_else_is_refused() -> None:
    content = whole()

    for end in [*boundaries(content), *random.Random(1).sample(range(1, len(content)), 200), len(content) - 1]:
        assert refusal(content[:end]).message.key in ("backup.truncated", "backup.no_backup")
    assert refusal(b"").message.key == "backup.no_backup"


def test_every_byte_counts(long_or_short: Callable[[int, int], int]) -> None:
    content = whole()
    every = range(len(content))

    for at in random.Random(2).sample(every, long_or_short(len(content), len(content) // 10)):
        altered = bytearray(content)
        altered[at] ^= 1 << (at % 8)
        refusal(bytes(altered))


@given(st.data())
def test_bytes_put_in_taken_out_or_moved_are_noticed(data: st.DataObject) -> None:
    content = whole()
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start, min(len(content), start + 500)))
    put_in = data.draw(st.binary(max_size=40))
    altered = content[:start] + put_in + content[end:]

    if altered != content:
        refusal(altered)


def test_blocks_in_another_order_or_left_out_are_refused() -> None:
    content = whole()
    first, second, third = boundaries(content)[0], boundaries(content)[2], boundaries(content)[4]

    for altered in (
        content[:first] + content[second:third] + content[first:second] + content[third:],
        content[:first] + content[second:],
        content[:third] + content[second:],
        content + b"\n",
        content + content,
    ):
        assert refusal(altered).message.key == "backup.altered"


def test_a_newer_format_is_refused_by_name() -> None:
    newer = whole().replace(b'{"backup":1', b'{"backup":2', 1)

    assert dict(refusal(newer).message.params) == {"found": 2, "known": 1}


def test_what_is_no_backup_is_refused() -> None:
    for content in (
        b"null\n",
        b"[]\n",
        b"\x1f\x8b\x08",
        b"{}\n",
        b'{"backup":"1"}\n',
        b"ci_id,name\n",
        b"\xff" * 50_000,
    ):
        assert refusal(content).message.key == "backup.no_backup"


def test_a_log_that_does_not_hold_is_refused_though_its_digests_do() -> None:
    """Whoever alters a backup with its digests still has the chain of the log against them."""
    made = list(commits())
    edited = KeptCommit(
        made[4].first, made[4].last, made[4].at, Header("somebody", "inventory", run="r1"), made[4].previous,
        made[4].hash, made[4].marker, made[4].plain,
    )  # fmt: skip

    for forged in (
        [*made[:4], edited, *made[5:]],
        [*made[:4], *made[5:]],
        [*made[:4], made[5], made[4], *made[6:]],
        made[1:],
    ):
        assert refusal(backup(forged)).message.key == "backup.chain"
    assert refusal(backup(made, revision=35)).message.key == "backup.chain"
    assert refusal(backup(made, head="0" * 64)).message.key == "backup.chain"


def test_a_kind_that_the_ontology_does_not_know_is_refused_by_name() -> None:
    assert refusal(backup(list(commits(kind="spaceships")))).message.params == {"kind": "spaceships"}


@pytest.mark.parametrize(
    "lines",
    [
        b"null\n", b"{}\n", b"\xff\n", b"[1]\n", b'{"commit":[1]}\n', b'{"kept":"runs","p":{}}\n',
        b'{"kept":"runs","p":{"fl_key":"r","a":{"bytes":"%"}}}\n',
    ],
)  # fmt: skip
def test_forged_lines_are_refused_without_a_stack(lines: bytes) -> None:
    file = io.BytesIO()
    writer = Writer(file)
    writer.begin({"store_id": "s", "revision": 0, "head": ORIGIN, "made_at": ""})
    writer._held, writer._size = [lines], len(lines)
    writer.end({"commits": 0, "nodes": 0, "sum": Sum().text, "graph_hash": None})

    error = refusal(file.getvalue())
    assert (error.message.key, error.message.params) == ("backup.unreadable", {"block": 1})


def test_a_block_that_unpacks_to_more_than_is_read_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = whole()
    monkeypatch.setattr(backup_file, "LARGEST", 800)

    assert refusal(content).message.key == "backup.unreadable"


def test_an_end_without_totals_is_refused() -> None:
    file = io.BytesIO()
    writer = Writer(file)
    writer.begin({"store_id": "s", "revision": 0, "head": ORIGIN, "made_at": ""})
    writer.end({})

    assert refusal(file.getvalue()).message.key == "backup.unreadable"


def test_any_zlib_and_any_reader_of_json_are_enough() -> None:
    rest, lines = whole().partition(b"\n")[2], b""
    while b'"end"' not in (head := rest.partition(b"\n")[0])[:10]:
        rest = rest[len(head) + 1 :]
        size = orjson.loads(head)["bytes"]
        lines, rest = lines + zlib.decompress(rest[:size]), rest[size:]

    said = [orjson.loads(line) for line in lines.splitlines()]
    assert [each["p"]["fl_key"] for each in said if "kept" in each] == ["r1"] * 3
    assert sum(len(each["revisions"]) for each in said if "revisions" in each) == 36


def test_the_sum_is_of_what_is_there_whatever_the_way() -> None:
    a, b = Thing({"name": "a"}, {}), Thing({"name": "b"}, {})
    way, there = Sum(), Sum()
    way.add("ci", "x", a)
    way.add("ci", "y", a)
    way.add("ci", "x", a, -1)
    way.add("ci", "x", b)
    there.add("ci", "x", b)
    there.add("ci", "y", a)

    assert way.text == there.text != Sum().text
