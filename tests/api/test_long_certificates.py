"""A certificate of any length is read a step at a time, in memory that does not grow with it."""

import io
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import orjson
import pytest

from api.certificates import read_proofs
from graph.errors import BadInputError
from graph.estate import Columns, Estate, build_estate
from graph.ontology import load_ontology
from queries.certificate import Checked, check

Spoil = Callable[[list[bytes]], list[bytes]]
CHAIN = 20_000  # CIs, each resting on the next
LAST = CHAIN - 1
MEMBER = f'{{"relationship":"ci-{LAST - 1}|depends_on|ci-{LAST}","ci_id":"ci-{LAST}"}},'.encode()
NESTED = b'{"rule":"seed","ci_id":' + b'{"a":' * 300 + b"1" + b"}" * 301


@pytest.fixture(scope="module")
def chain() -> Estate:
    """Each CI rests on the next one."""
    ontology = load_ontology()
    m = CHAIN - 1
    columns = Columns(
        ids=[f"ci-{ci}" for ci in range(CHAIN)],
        names=[""] * CHAIN,
        classes=["host"] * CHAIN,
        criticalities=[""] * CHAIN,
        source=np.arange(m),
        target=np.arange(1, CHAIN),
        type_code=np.full(m, list(ontology.relationship_types).index("depends_on"), np.uint8),
        soft=np.zeros(m, np.bool_),
        members={},
    )
    return build_estate(1, columns, ontology)


def lines(count: int) -> Iterator[bytes]:
    """The certificate that the last of so many CIs is out when the one at the end of the chain stops."""
    first = CHAIN - 1
    claim = {"ci_id": f"ci-{first - count + 1}", "state": "outage", "exact": False}
    seeds = [{"ci_id": f"ci-{first}", "effect": "outage"}]
    head = {"format": "faultline.certificate/1", "store_id": "s", "revision": 1, "graph_hash": "h", "at": ""}
    yield orjson.dumps({**head, "seeds": seeds, "edits": [], "claim": claim, "standing": None})
    yield orjson.dumps({"ci_id": f"ci-{first}", "rule": "seed", "effect": "outage"})
    for ci in range(first - 1, first - count, -1):
        lost = [{"relationship": f"ci-{ci}|depends_on|ci-{ci + 1}", "ci_id": f"ci-{ci + 1}"}]
        group = {"group": f"depends_on|ci-{ci + 1}", "members": 1, "needed": 1, "lost": lost}
        yield orjson.dumps({"ci_id": f"ci-{ci}", "rule": "provider_out", **group})


def checked(text: bytes, estate: Estate) -> Checked:
    (proof,) = read_proofs(io.BytesIO(text), "proof")
    return check(proof.header, proof.steps, estate)


@pytest.mark.many
def test_memory_does_not_grow_with_the_steps(chain: Estate) -> None:
    peaks = []
    for count in (CHAIN // 10, CHAIN):
        text = b"\n".join(lines(count))
        tracemalloc.start()
        found = checked(text, chain)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (found.accepted, found.steps_checked) == (True, count)

    # the file itself lies in memory here, and is not counted
    assert peaks[1] < peaks[0] + 100_000


@pytest.mark.parametrize(
    ("spoil", "key", "index"),
    [
        (lambda rows: rows[:-1], "certificate.not_shown", -1),
        (lambda rows: [rows[0], *rows[:0:-1]], "certificate.not_earlier", 0),
        (lambda rows: [*rows, rows[1]], "certificate.twice", 9),
        (lambda rows: [*rows, b"[" * 5_000], "certificate.malformed", 9),
        (lambda rows: [*rows, NESTED], "certificate.malformed", 9),
        (lambda rows: [*rows[:-1], rows[-1][:-40]], "certificate.malformed", 8),
        (lambda rows: [row.replace(b'"lost":[', b'"lost":[' + MEMBER) for row in rows], "certificate.lost_count", 1),
    ],
    ids=["cut off", "reordered", "twice", "deep", "deep in a step", "torn", "a member twice"],
)  # fmt: skip
def test_a_spoilt_certificate_is_rejected_at_its_first_bad_step(
    chain: Estate, spoil: Spoil, key: str, index: int
) -> None:
    found = checked(b"\n".join(spoil(list(lines(9)))), chain)

    assert found.bad_step is not None
    assert (found.bad_step.message.key, found.bad_step.index) == (key, index)


def test_what_is_longer_than_may_be_is_refused_before_it_is_read(
    chain: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.certificates.LONGEST", 1_000)

    with pytest.raises(BadInputError, match="too_long"):
        checked(b"\n".join([*lines(9), b" " * 2_000]), chain)
    with pytest.raises(BadInputError, match="too_long"):
        checked(b'{"affected": [' + b"0," * 1_000, chain)
