"""Files that prove something: how they are read, within bounds, and compared with the register."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from api.proved_answers import Told, proved_rows
from api.register import Register
from graph.errors import BadInputError, Message
from graph.estate import Estate
from graph.store.hashes import hash_at
from graph.values import shown, zone_of
from queries.certificate import BadStep, Checked, check
from queries.graph_part import HASHED
from queries.steps import Header, MalformedError, Signature, Step, read_header, read_step

LONGEST = 64 * 2**20  # bytes of a document, or of a line; longer certificates are NDJSON, a step a line
MOST = 4_000_000  # values of a document, or of a line: so many small ones are some 500 MB once read


@dataclass(frozen=True)
class Proof:
    """A certificate as it is read, its steps as a stream. `told`: what the answer that it is of says of its CI."""

    header: Header
    steps: Iterable[Step]
    told: Told | None = None


class Verdict(NamedTuple):
    """Of a file: its first certificate that is not accepted, else the last; how many were checked.

    `unproved`: so many affected CIs an answer counts beyond those that it lists with their certificates.
    """

    checked: Checked
    certificates: int
    unproved: int

    def plain(self) -> dict[str, Any]:
        """As JSON (ANSWERS: a certificate)."""
        return {**self.checked.plain(), "certificates": self.certificates, "unproved": self.unproved}


def signature_of(register: Register, revision: int) -> Signature:
    """What a certificate of this register says of itself, now."""
    at = datetime.now(zone_of(register.settings.timezone)).isoformat(timespec="seconds")
    return Signature(register.store.store_id, hash_at(register.store, revision), at)


def read_proofs(file: IO[bytes], name: str) -> Iterator[Proof]:
    """The certificates of a file: one as JSON or as NDJSON, or all of an answer of `impact` with
    `--witness` or `--causes` and `--json`.

    Raises BadInputError `certificate.unreadable`, `certificate.too_long`, `certificate.too_many`, `certificate.none`,
    `certificate.malformed`.
    """
    first = file.readline(LONGEST + 1)
    head = _parsed(first, name) if len(first) <= LONGEST else None
    if isinstance(head, dict) and "format" in head and "steps" not in head:
        yield Proof(read_header(head), _streamed(file, name))
        return
    whole = first + file.read(max(0, LONGEST + 1 - len(first)))
    if len(whole) > LONGEST:
        raise BadInputError("certificate.too_long", file=name, most=LONGEST // 2**20)
    plain = _parsed(whole, name)
    if plain is None:
        raise BadInputError("certificate.unreadable", file=name)
    found = list(_within(plain, name))
    if not found:
        raise BadInputError("certificate.none", file=name)
    yield from found


def _parsed(text: bytes, name: str) -> Any:
    if sum(map(text.count, (b",", b"[", b"{"))) > MOST:
        raise BadInputError("certificate.too_many", file=name, most=MOST)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _streamed(file: IO[bytes], name: str) -> Iterator[Step]:
    number = 1
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise BadInputError("certificate.too_long", file=name, most=LONGEST // 2**20)
        if line.strip():
            raw = _parsed(line, name)
            if raw is None:
                raise MalformedError(f"{name}:{number}", "JSON")
            yield read_step(raw, f"{name}:{number}")


def _within(plain: Any, name: str) -> Iterator[Proof]:
    if not isinstance(plain, dict):
        return
    if "format" not in plain:
        for header, steps, told in proved_rows(plain):
            yield Proof(header, _listed(steps, name), told)
        return
    listed = plain.get("steps")
    if not isinstance(listed, list):
        raise MalformedError("steps", "array")
    yield Proof(read_header({key: value for key, value in plain.items() if key != "steps"}), _listed(listed, name))


def _listed(steps: list[Any], name: str) -> Iterator[Step]:
    # read when they are checked, so that a bad one is named the same way wherever it stands
    return (read_step(each, f"{name}: steps[{number}]") for number, each in enumerate(steps))


def judged(proof: Proof, estate: Estate) -> Checked:
    """Whether a certificate is accepted at its revision; then also whether the answer says nothing else of its CI.

    Raises MalformedError where it does.
    """
    checked = check(proof.header, proof.steps, estate)
    if checked.accepted and proof.told is not None:
        proof.told.compare(estate)
    return checked


def verified(register: Register, path: Path, *, rehash: bool = False) -> Verdict:
    """Check every certificate of a file against the register.

    Raises BadInputError as `read_proofs`, and `certificate.unopened` for a file that cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInputError("certificate.unopened", file=str(path), reason=error.strerror or "") from error
    verifier, count, unproved = _Verifier(register, rehash), 0, 0
    with file:
        for proof in read_proofs(file, path.name):
            count += 1
            unproved = proof.told.beyond if proof.told else 0
            checked = verifier.check(proof)
            if not checked.accepted:
                break
    return Verdict(checked, count, unproved)


class _Verifier:
    def __init__(self, register: Register, rehash: bool) -> None:
        self._register, self._rehash = register, rehash
        self._graph: tuple[int, str, Estate] | None = None  # of the last revision: most files speak of one alone

    def check(self, proof: Proof) -> Checked:
        header, store = proof.header, self._register.store
        if header.graph_hash.startswith(HASHED):
            return _refused(header, "certificate.of_part")
        if header.store_id != store.store_id:
            return _refused(header, "certificate.other_store", store=shown(header.store_id))
        if not 0 <= header.revision <= store.revision():
            return _refused(header, "certificate.no_revision", revision=header.revision)
        if self._graph is None or self._graph[0] != header.revision:
            found = hash_at(store, header.revision, again=self._rehash)
            self._graph = header.revision, found, self._register.estate(header.revision)
        _, graph_hash, estate = self._graph
        if header.graph_hash != graph_hash:
            return _refused(header, "certificate.other_hash", revision=header.revision)
        return judged(proof, estate)


def _refused(header: Header, key: str, **params: str | int) -> Checked:
    return Checked(header, 0, BadStep(-1, Message(key, params)))
