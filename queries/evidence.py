"""The hash of everything that decided a review: the question, what the register held, the answer (SEMANTICS 10)."""

import hashlib
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from operator import is_
from typing import Any

import numpy as np

from graph.canonical import canonical
from graph.errors import BadInputError
from graph.records.changes import Change
from queries.blast_radius import WORDS, Circumstances
from queries.certified import Certified
from queries.impact import State
from queries.review import Review

FORMAT = "fe3"  # of the hash
PACK = "faultline.evidence/1"  # of the pack
PARTS = ("question", "answer")  # that the hash is of
PROVED = ("certificates", "part")  # that the seal is of beside it
ALL = (*PARTS, *PROVED)
SHORT = 12  # characters of the hash of a part
# of changes that ended, as they were asked about last: records are never altered, so that the same ones say the same
_DIGESTS: deque[tuple[tuple[Change, ...], str]] = deque(maxlen=4)


def evidence(review: Review, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The question and the answer as JSON; `answer`: all of it that does not depend on how much is shown."""
    return {"format": PACK, "question": _question(review), "answer": plain(answer)}


def digests_of(found: Mapping[str, Any], parts: Sequence[str] = PARTS) -> dict[str, dict[str, str]]:
    """By part of evidence the hash of each of its entries, so that what was altered can be named."""
    return {part: {name: _digest(value) for name, value in _entries(found[part])} for part in parts}


def _entries(part: Any) -> list[tuple[str, Any]]:
    return [(str(at), each) for at, each in enumerate(part)] if isinstance(part, list) else sorted(part.items())


def evidence_hash(found: Mapping[str, Any]) -> str:
    """SHA-256 over the hashes of all that decided, and in short what a decision rests on.

    The same question of the same register gives the same hash on every engine; another change, moment, model, window
    or record that the verdict rests on gives another one.
    """
    return _hash(found["format"], digests_of(found), found["answer"])


def _hash(named: str, digests: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    return f"{FORMAT}:{_digest({'format': named, 'digests': digests})}-{said_by(answer)}"


def sealed(found: Mapping[str, Any], log_hash: str | None, proved: Certified) -> dict[str, Any]:
    """Evidence with its hash, its certificates, and the log that it is of: a seal is over all of these.

    Two registers with other histories may give the same evidence, and never the same seal.
    """
    digests = digests_of(found)
    pack = {
        **found,
        "certificates": proved.certificates,
        "part": proved.part,
        "unproved": proved.unproved,
        "hash": _hash(found["format"], digests, found["answer"]),
        "log": {"revision": found["question"]["revision"], "hash": log_hash},
    }
    pack["digests"] = {**digests, **digests_of(pack, PROVED)}
    return {**pack, "seal": _seal(pack)}


def is_earlier(pack: Mapping[str, Any]) -> bool:
    """Whether a pack is of the form that came before certificates: its hash and its seal are all that it carries."""
    return pack.keys().isdisjoint({*PROVED, "unproved"})


def _seal(pack: Mapping[str, Any]) -> str:
    if is_earlier(pack):
        return _digest([pack.get("hash"), pack.get("log")])
    proved = [pack["digests"].get(part) for part in PROVED]
    return _digest([pack.get("hash"), pack.get("log"), *proved, pack.get("unproved")])


def altered(pack: Mapping[str, Any]) -> list[str]:
    """Which entries of a pack are not what its hash and its seal are of, as `answer.reasons` or `certificates.0`.

    `hash`, `seal` where it is none of theirs. Raises BadInputError `evidence.malformed` for what is no pack.
    """
    names: Sequence[str] = PARTS if is_earlier(pack) else ALL
    parts: dict[str, Any] = {part: _table(pack, part) for part in names if part != "certificates"}
    if "certificates" in names:
        parts["certificates"] = _list(pack, "certificates")
    kept, now = _table(pack, "digests"), digests_of(parts, names)
    found = [
        f"{part}.{name}"
        for part in names
        for name in sorted(now[part].keys() | _table(kept, part).keys())
        if now[part].get(name) != _table(kept, part).get(name)
    ]
    found += [f"digests.{name}" for name in sorted(kept.keys() - set(names))]
    found += sorted(pack.keys() - {"format", *ALL, "unproved", "digests", "hash", "log", "seal"})
    if pack.get("seal") != _seal(pack):
        found.append("seal")
    try:
        whole = _hash(str(pack.get("format")), {part: kept[part] for part in PARTS}, parts["answer"])
    except (KeyError, TypeError, IndexError):
        return found or ["answer"]
    return found if whole == pack.get("hash") else [*found, "hash"]


def _list(found: Mapping[str, Any], name: str) -> list[Any]:
    inner = found.get(name)
    if not isinstance(inner, list):
        raise BadInputError("evidence.malformed", where=name)
    return inner


def _table(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(inner, dict):
        raise BadInputError("evidence.malformed", where=name)
    return inner


def said_by(answer: Mapping[str, Any]) -> str:
    """What a decision rests on, in short: the verdict's letter, then hashes of its services and of its conflicts.

    It ends the hash of the evidence, so that whoever decides need not be asked what they saw.
    """
    services = [[each["ci_id"], each["state"], each["left_without_redundancy"]] for each in answer["services"]]
    conflicts = [[each["id"], each["severity"]] for each in answer["conflicts"]]
    return f"{answer['verdict'][0]}{_digest(services)[:SHORT]}{_digest(conflicts)[:SHORT]}"


def said_otherwise(seen: str, now: str) -> list[str]:
    """Which of `verdict`, `services` and `conflicts` differ between two hashes; all of them for text that is none."""
    parts = [text.rpartition("-")[2] for text in (seen, now)]
    if not all(re.fullmatch(f"[prb][0-9a-f]{{{2 * SHORT}}}", part) for part in parts):
        return ["verdict", "services", "conflicts"]
    one, other = ((part[0], part[1 : 1 + SHORT], part[1 + SHORT :]) for part in parts)
    names = ("verdict", "services", "conflicts")
    return [name for name, was, is_now in zip(names, one, other, strict=True) if was != is_now]


def _digest(found: Any) -> str:
    return hashlib.sha256(canonical(found)).hexdigest()


def _question(review: Review) -> dict[str, Any]:
    # what is long is named by its hash: with the log all of it is known
    around = review.around
    return {
        "revision": review.estate.revision,
        "at": plain(around.at),
        "zone": around.zone,
        "change": plain(review.change),
        "agreed": plain(around.agreed),
        "model": {"id": review.model.id, "digest": _digest(plain(review.model))},
        "ontology": review.proposal.draft.ontology.digest,
        "owners": _digest(plain(around.owners)),
        "promises": _digest(plain(around.promises)),
        # what past failures are counted from
        "ended": _digest_of_ended(around.ended),
        "meetings": _digest(plain(around.meetings)),
        "meetings_complete": around.meetings_complete,
        "others_possible": around.others_possible,
        "assumed": plain(around.assumed),
        "circumstances": plain(_resting(review)),
        "affected": _digest(_affected(review)),
    }


def _digest_of_ended(ended: Sequence[Change]) -> str:
    # of tens of thousands, the same records at every question until one of them is altered
    for known, digest in list(_DIGESTS):
        if len(known) == len(ended) and all(map(is_, known, ended)):
            return digest
    digest = _digest([plain([e.change_id, e.team, e.outcome, e.affected, e.edits]) for e in ended])
    _DIGESTS.append((tuple(ended), digest))
    return digest


def _resting(review: Review) -> Circumstances:
    # what is held back, or stale, of all that an affected service rests on: elsewhere it decides nothing
    known, estate = review.around.circumstances, review.estate
    services = np.array([each.ci for each in review.services], np.int32)
    below = {*services.tolist(), *(estate.topology.all_providers_of(services).tolist() if len(services) else ())}

    def of(ci_ids: frozenset[str]) -> frozenset[str]:
        return frozenset(ci_id for ci_id in ci_ids if estate.find(ci_id) in below)

    return Circumstances(of(known.staged), of(known.stale))


def _affected(review: Review) -> dict[str, list[str]]:
    table, ids = review.radius.table, review.estate.ids
    return {
        WORDS[state]: sorted(ids.some(table.cis[table.states == state]))
        for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK)
    }


def plain(value: Any) -> Any:
    """A record as JSON that does not depend on how it was made: times in UTC, sets in order."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(each) for each in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)} if is_dataclass(value) else value
