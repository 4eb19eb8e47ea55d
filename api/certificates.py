"""Files that prove something: how they are read, within bounds, and compared with the register."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import orjson

from api.register import Register
from graph.errors import BadInputError, Message
from graph.store.hashes import hash_at
from graph.values import zone_of
from queries.certificate import BadStep, Checked, check
from queries.steps import Header, MalformedError, Signature, Step, read_certificate, read_header, read_step

LONGEST = 64 * 2**20  # bytes of a document, or of a line; longer certificates are NDJSON, a step a line


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
    """The certificates of a file: one as JSON or as NDJSON, or all of an answer of `impact --witness --json`.

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
    affected = plain.get("affected")
    for each in affected if isinstance(affected, list) else ():
        if isinstance(each, dict) and "certificate" in each:
            yield each["certificate"]


def verified(register: Register, path: Path, *, rehash: bool = False) -> Checked:
    """Check every certificate of a file against the register; the first that is not accepted, else the last.

    Raises BadInputError as `read_proofs`, and `certificate.unreadable` for a file that cannot be opened.
    """
    try:
        with path.open("rb") as file:
            checked: Checked | None = None
            for proof in read_proofs(file, path.name):
                checked = _checked(register, proof, rehash=rehash)
                if not checked.accepted:
                    break
    except OSError as error:
        raise BadInputError("certificate.unreadable", file=path.name) from error
    if checked is None:
        raise BadInputError("certificate.none", file=path.name)
    return checked


def _checked(register: Register, proof: Proof, *, rehash: bool) -> Checked:
    header, store = proof.header, register.store
    if header.store_id != store.store_id:
        return _refused(header, "certificate.other_store", store=header.store_id[:60])
    if not 0 <= header.revision <= store.revision():
        return _refused(header, "certificate.no_revision", revision=header.revision)
    if header.graph_hash != hash_at(store, header.revision, again=rehash):
        return _refused(header, "certificate.other_hash", revision=header.revision)
    return check(header, proof.steps, register.estate(header.revision))


def _refused(header: Header, key: str, **params: str | int) -> Checked:
    return Checked(header, 0, BadStep(-1, Message(key, params)))
