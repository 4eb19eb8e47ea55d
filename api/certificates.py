"""Files that prove something: how they are read, within bounds, and compared with the register."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import orjson

from api.register import Register
from graph.errors import BadInputError, Message
from graph.estate import Estate
from graph.store.hashes import hash_at
from graph.values import shown, zone_of
from queries.certificate import BadStep, Checked, check
from queries.steps import Header, MalformedError, Signature, Step, read_certificate, read_header, read_step

LONGEST = 64 * 2**20  # bytes of a document, or of a line; longer certificates are NDJSON, a step a line
ROW = ("ci_id", "state")  # what a row of an answer and the claim of its certificate have in common


@dataclass(frozen=True)
class Proof:
    """A certificate as it is read: of a long one the steps are a stream."""

    header: Header
    steps: Iterable[Step]


def signature_of(register: Register, revision: int) -> Signature:
    """What a certificate of this register says of itself, now."""
    at = datetime.now(zone_of(register.settings.timezone)).isoformat(timespec="seconds")
    return Signature(register.store.store_id, hash_at(register.store, revision), at)


def read_proofs(file: IO[bytes], name: str) -> Iterator[Proof]:
    """The certificates of a file: one as JSON or as NDJSON, or all of an answer of `impact` with
    `--witness` or `--causes` and `--json`.

    Raises BadInputError `certificate.unreadable`, `certificate.too_long`, `certificate.none`, `certificate.malformed`.
    """
    first = file.readline(LONGEST + 1)
    head = _parsed(first) if len(first) <= LONGEST else None
    if isinstance(head, dict) and "format" in head and "steps" not in head:
        yield Proof(read_header(head), _streamed(file, name))
        return
    whole = first + file.read(max(0, LONGEST + 1 - len(first)))
    if len(whole) > LONGEST:
        raise BadInputError("certificate.too_long", file=name, most=LONGEST // 2**20)
    plain = _parsed(whole)
    if plain is None:
        raise BadInputError("certificate.unreadable", file=name)
    found = list(_within(plain))
    if not found:
        raise BadInputError("certificate.none", file=name)
    for each in found:
        made = read_certificate(each)
        yield Proof(made.header, made.steps)


def _parsed(text: bytes) -> Any:
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
            raw = _parsed(line)
            if raw is None:
                raise MalformedError(f"{name}:{number}", "JSON")
            yield read_step(raw, f"{name}:{number}")


def _within(plain: Any) -> Iterator[Any]:
    if not isinstance(plain, dict):
        return
    if "format" in plain:
        yield plain
        return
    for where, row, claimed in _rows(plain):
        made = row.get("certificate")
        claim = made.get("claim") if isinstance(made, dict) else None
        if made is None or not isinstance(claim, dict) or [claim.get(k) for k in ROW] != [claimed.get(k) for k in ROW]:
            raise MalformedError(f"{where}.certificate", f"that of {shown(str(claimed.get('ci_id')))}")
        if "seeds" in row and [seed.get("ci_id") for seed in _objects(made, "seeds")] != row["seeds"]:
            raise MalformedError(f"{where}.certificate.seeds", "those of the set")
        yield made


def _rows(plain: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    # rows with a certificate each, and what has the CI and the state that it is about: the row, or all of the answer
    for name in ("affected", "sets", "groups"):
        for i, row in enumerate(_objects(plain, name)):
            yield f"{name}[{i}]", row, row if name == "affected" else plain


def _objects(plain: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    found = plain.get(name)
    for i, each in enumerate(found if isinstance(found, list) else ()):
        if not isinstance(each, dict):
            raise MalformedError(f"{name}[{i}]", "object")
        yield each


def verified(register: Register, path: Path, *, rehash: bool = False) -> tuple[Checked, int]:
    """Check every certificate of a file against the register: the first that is not accepted, else the last; how many.

    Raises BadInputError as `read_proofs`, and `certificate.unopened` for a file that cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInputError("certificate.unopened", file=str(path), reason=error.strerror or "") from error
    verifier, count = _Verifier(register, rehash), 0
    with file:
        for proof in read_proofs(file, path.name):
            count += 1
            checked = verifier.check(proof)
            if not checked.accepted:
                break
    return checked, count


class _Verifier:
    def __init__(self, register: Register, rehash: bool) -> None:
        self._register, self._rehash = register, rehash
        self._graph: tuple[int, str, Estate] | None = None  # of the last revision: most files speak of one alone

    def check(self, proof: Proof) -> Checked:
        header, store = proof.header, self._register.store
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
        return check(header, proof.steps, estate)


def _refused(header: Header, key: str, **params: str | int) -> Checked:
    return Checked(header, 0, BadStep(-1, Message(key, params)))
