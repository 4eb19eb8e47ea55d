"""Packs of evidence as files: whether one is what its hash is of, and whether the register still says the same."""

import contextlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from api.certificates import LONGEST
from api.register import Register
from api.reviewing import judged
from api.scheduling import Schedule
from graph.errors import BadInputError, Message
from graph.store.tables import records
from graph.values import shown
from importers.voices import DECISIONS, EVIDENCE, evidence_keys
from queries.blast_radius import Circumstances
from queries.evidence import ALL, PACK, PARTS, altered, is_earlier
from queries.evidence_proofs import Flaw, proved
from queries.review_answer import pack_of


@dataclass(frozen=True)
class Examined:
    """A pack, what of it is not what it was, what its certificates do not prove, and whether the register, asked
    again, comes to the same. `steps`: of certificates, that were checked; of a pack of the earlier form there are none.
    """

    pack: Mapping[str, Any]
    altered: tuple[str, ...]
    flaw: Flaw | None = None
    again: Message | None = None
    asked: bool = False
    steps: int = 0

    @property
    def is_earlier(self) -> bool:
        """Whether it is of the form without certificates, of which only the hash can be verified."""
        return is_earlier(self.pack)

    @property
    def accepted(self) -> bool:
        """Whether nothing was found."""
        return not self.altered and self.flaw is None and self.again is None

    def plain(self) -> dict[str, Any]:
        """As JSON (ANSWERS: a certificate)."""
        answer = self.pack["answer"]
        bad, where = self.problem, {} if self.flaw is None else {"where": self.flaw.where}
        index = -1 if self.flaw is None else self.flaw.index
        bad_step = bad and {"index": index, "key": bad.key, "params": {**bad.params, **where}}
        return {
            "accepted": self.accepted,
            "kind": "evidence",
            "revision": answer.get("revision"),
            "claim": {name: answer.get(name) for name in ("change", "verdict", "at")},
            "steps_checked": sum(len(self.pack[part]) for part in PARTS) + self.steps,
            "recomputed": self.asked,
            "bad_step": bad_step,
            **({"form": "without_certificates"} if self.is_earlier else {}),
        }

    @property
    def problem(self) -> Message | None:
        """What is wrong first."""
        if self.altered:
            return Message("evidence.altered", {"where": ", ".join(map(shown, self.altered[:10]))})
        return self.again if self.flaw is None else self.flaw.message


def evidence_in(path: Path) -> Mapping[str, Any] | None:
    """The pack that a file holds; `None` for a file of another kind.

    Raises BadInputError `evidence.broken` for one that is no JSON any more, with the place; `evidence.key_twice`.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST + 1)
    except OSError as error:
        raise BadInputError("certificate.unopened", file=str(path), reason=error.strerror or "") from error
    if PACK.encode() not in text or len(text) > LONGEST:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if _is_another(text.lstrip().partition(b"\n")[0]):  # a document a line
            return None
        where: dict[str, str | int] = {"line": error.lineno, "column": error.colno, "reason": error.msg[:120]}
        raise BadInputError("evidence.broken", file=str(path), **where) from error
    if not isinstance(found, dict) or found.get("format") != PACK:
        return None
    with contextlib.suppress(RecursionError):  # what is so deep is no pack of ours, and is told as altered
        json.loads(text, object_pairs_hook=_once)
    return found


def _is_another(line: bytes) -> bool:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and found.get("format") != PACK


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # of two values under one key another program may read the other one
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise BadInputError("evidence.key_twice", name=shown(twice))
    return found


def examined(pack: Mapping[str, Any], register: Register | None, noted: str | None = None) -> Examined:
    """Whether a pack is whole and its certificates hold; with a register, whether it gives the same at that revision.

    `noted`: the hash or the seal that somebody has of it from elsewhere. By itself a pack shows that it fits together,
    and that its certificates follow from the part of the graph that it carries.

    Raises BadInputError `evidence.malformed` for what is no pack.
    """
    if wrong := tuple(altered(pack)):
        return Examined(pack, wrong)
    steps, flaw = (0, None) if is_earlier(pack) else proved(pack)
    if flaw is not None:
        return Examined(pack, (), flaw, steps=steps)
    if noted not in (None, pack["hash"], pack["seal"]):
        other = Message("evidence.other_hash", {"hash": shown(pack["hash"]), "noted": shown(noted)})
        return Examined(pack, (), again=other, steps=steps)
    if register is None:
        return Examined(pack, (), steps=steps)
    return Examined(pack, (), again=_again(pack, register), asked=True, steps=steps)


def _again(pack: Mapping[str, Any], register: Register) -> Message | None:
    question, store = pack["question"], register.store
    revision = question.get("revision")
    if type(revision) is not int or not 0 <= revision <= store.revision():
        return Message("certificate.no_revision", {"revision": shown(revision)})
    name = str((question.get("change") or {}).get("change_id"))
    estate = register.estate(revision)
    schedule = Schedule(register, estate, datetime.fromisoformat(str(question["at"])))
    known = question.get("circumstances") or {}
    circumstances = Circumstances(frozenset(known.get("staged", ())), frozenset(known.get("stale", ())))
    try:
        found = pack_of(judged(schedule, schedule.stored(name), circumstances=circumstances), store_id=store.store_id)
    except BadInputError as error:
        return error.message
    # without certificates the seal is over the hash and the log alone
    named = ("hash", "log") if is_earlier(pack) else ("seal",)
    if all(found[name] == pack[name] for name in named):
        return None
    parts = [
        f"{part}.{key}"
        for part in (PARTS if is_earlier(pack) else ALL)
        for key in sorted(found["digests"][part].keys() | pack["digests"][part].keys())
        if pack["digests"][part].get(key) != found["digests"][part].get(key)
    ]
    return Message("evidence.otherwise", {"where": ", ".join(parts) or "log", "revision": revision})


def kept_evidence(register: Register, change: str, by: str | None) -> Mapping[str, Any]:
    """The pack that was kept with the last voice on a change, or with that of somebody.

    Raises BadInputError `evidence.none`.
    """
    voices = [
        (str(state.get("decided_at", "")), key)
        for key, state in records(register.store, DECISIONS).items()
        if state.get("change_id") == change and by in (None, state.get("decided_by"))
    ]
    if not voices:
        raise BadInputError("evidence.none", change=shown(change))
    key = max(voices)[1]
    found = register.store.kept(EVIDENCE, evidence_keys([key]))
    kept = next((found[each] for each in evidence_keys([key]) if each in found), None)
    if kept is None:
        raise BadInputError("evidence.none", change=shown(change))
    pack: Mapping[str, Any] = orjson.loads(str(kept.thing.state["pack"]))
    return pack
