"""Does the register still match what was changed: two ledgers, of updates and of obligations (SEMANTICS 8).

Every update is matched to the changes that may have made it, every edit of an implemented change to the update that
shows it. Both are partitions; their units differ, so nothing is ever added across them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from graph.errors import Message
from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.exceptions import Exemption, by_subject
from graph.records.updates import Update
from queries.approvals import Key, deciding, keys_of
from queries.claims import Asked, Claim, Rowed, claim_of, microseconds
from queries.meets import I64
from queries.near_misses import NearMiss, near_misses
from queries.obligations import Obligation, Shown, obligations

UPDATES = ("matched", "update_without_change", "different_from_approved")
MATCHED, WITHOUT, DIFFERENT = range(3)


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """An update in its bucket, with all there is to say of it."""

    update: Update
    bucket: str
    reason: Message | None
    claimed_by: tuple[str, ...]
    near_misses: tuple[NearMiss, ...]
    exception: str | None

    @property
    def ambiguous(self) -> bool:
        """Whether several changes claim it."""
        return len(self.claimed_by) > 1


@dataclass(frozen=True)
class Ledgers:
    """Both ledgers at a moment; updates in the order of their revisions, obligations of their due times."""

    at: datetime
    updates: Sequence[Update]
    bucket: NDArray[np.int8]
    obligations: Sequence[Obligation]
    claims: Sequence[Claim]
    pairs: tuple[I64, I64]  # (update, claim), in that order
    exemptions: Mapping[str, Sequence[Exemption]]

    @cached_property
    def times(self) -> I64:
        """When each update was written, in microseconds."""
        return microseconds([update.at for update in self.updates])

    def places(self, start: datetime, end: datetime, bucket: str | None = None) -> I64:
        """The updates of a period (from its start on, before its end), of one bucket or all: places in `updates`."""
        low, high = microseconds([start, end])
        inside = (self.times >= low) & (self.times < high)
        return np.flatnonzero(inside if bucket is None else inside & (self.bucket == UPDATES.index(bucket)))

    def obliged(self, start: datetime, end: datetime, bucket: str | None = None) -> list[Obligation]:
        """The obligations of a period, of one bucket or all."""
        return [
            each
            for each in self.obligations
            if (each.moment is None or start <= each.moment < end) and bucket in (None, each.bucket)
        ]

    def claimers(self, place: int) -> list[Claim]:
        """The changes that claim an update, by id."""
        low, high = np.searchsorted(self.pairs[0], [place, place + 1])
        return [self.claims[number] for number in self.pairs[1][low:high]]

    def exception_of(self, update: Update, at: datetime) -> str | None:
        """The accepted exception that covers an update at a moment, the first by id."""
        covering = (each for each in self.exemptions.get(update.ci_id, ()) if each.covers(update.field, at))
        return next((each.exception_id for each in covering), None)

    def entries(self, start: datetime, end: datetime, bucket: str | None = None) -> list[UpdateEntry]:
        """The updates of a period, of one bucket or all, with all there is to say of each.

        An exception counts where it had not expired at the period's end (at the moment of asking, if that is earlier).
        """
        places = self.places(start, end, bucket).tolist()
        alone = [place for place in places if self.bucket[place] == WITHOUT]
        missed = near_misses([self.updates[place] for place in alone], self.claims)
        near = {alone[number]: some for number, some in missed.items()}
        return [self._entry(place, near.get(place, ()), min(end, self.at)) for place in places]

    def _entry(self, place: int, near: tuple[NearMiss, ...], at: datetime) -> UpdateEntry:
        update, claimers = self.updates[place], self.claimers(place)
        bucket = UPDATES[self.bucket[place]]
        reason = _why_without(update, self.change_ids) if not claimers else _why(update, bucket, claimers)
        claimed_by = tuple(claim.change_id for claim in claimers)
        return UpdateEntry(update, bucket, reason, claimed_by, near, self.exception_of(update, at))

    @cached_property
    def change_ids(self) -> frozenset[str]:
        """The changes that there are."""
        return frozenset(claim.change_id for claim in self.claims)


def ledgers(
    updates: Iterable[Update], changes: Iterable[Change], ontology: Ontology, *, at: datetime,
    exemptions: Iterable[Exemption] = (),
) -> Ledgers:  # fmt: skip
    """Both ledgers.

    Parameters
    ----------
    updates
        From the first start of the changes on until `at`, in any order; baselines are left out.
    changes
        In any order, each once.
    ontology
        Says how edits are meant: the strength of a type, the type of a field.
    at
        The moment of asking: what is due after it is pending.
    exemptions
        What is accepted, so that it is told; no bucket rests on it.

    Returns
    -------
    Ledgers
        Partitions of the updates and of the obligations, whatever the order in which they were given. A period is
        asked of it (`entries`, `obliged`). O((U + C) log C), and log C for each claim found.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from graph.ontology import load_ontology
    >>> from graph.records.changes import change_of
    >>> change = change_of("C-1", {"status": "closed", "decision": "approved", "decided_at": "2026-10-01T08:00:00Z",
    ...     "actual_start": "2026-10-01T20:00:00Z", "actual_end": "2026-10-01T22:00:00Z", "affected": ["db-1"],
    ...     "edits": '[{"op":"set","ci_id":"db-1","field":"version","value":"13.1"}]'})
    >>> moment = datetime.fromisoformat("2026-10-02T06:00:00Z")
    >>> update = Update(41, "db-1", "attribute", "version", "13.0", "13.2", moment, moment)
    >>> found = ledgers([update], [change], load_ontology(), at=moment + timedelta(days=7))
    >>> [UPDATES[bucket] for bucket in found.bucket], [each.bucket for each in found.obligations]
    (['different_from_approved'], ['contradicted'])
    """
    listed = sorted(updates, key=attrgetter("revision", "field"))
    claims = [claim_of(change, ontology) for change in sorted(changes, key=attrgetter("change_id"))]
    pairs = _claimed(listed, claims)
    shown = Shown(listed, claims, pairs)
    bucket = _buckets(len(listed), claims, pairs, shown)
    return Ledgers(at, listed, bucket, obligations(claims, shown, at), claims, pairs, by_subject(exemptions))


def _claimed(updates: Sequence[Update], claims: Sequence[Claim]) -> tuple[I64, I64]:
    able = [number for number, claim in enumerate(claims) if claim.denied is None]
    question, claim = Rowed.of(claims, able).pairs(Asked.of(updates))
    number = {each.change_id: place for place, each in enumerate(claims)}
    named = [-1 if update.change_id is None else number.get(update.change_id, -2) for update in updates]
    of = np.array(named, np.int64)[question]
    fits = (of == -1) | (of == claim)
    return question[fits], claim[fits]


def _buckets(count: int, claims: Sequence[Claim], pairs: tuple[I64, I64], shown: Shown) -> NDArray[np.int8]:
    bucket = np.full(count, WITHOUT, np.int8)
    question, claim = pairs
    bucket[question] = DIFFERENT
    plain = np.array([not each.is_edited for each in claims], np.bool_)
    bucket[question[plain[claim]]] = MATCHED
    for place, number in shown.edited:
        if bucket[place] == DIFFERENT and _approves(claims[number], place, shown, shown.last_of[number]):
            bucket[place] = MATCHED
    return bucket


def _approves(claim: Claim, place: int, shown: Shown, last: Mapping[Key, int]) -> bool:
    keys = shown.keys[place]
    effect = deciding(claim.approved, keys)
    # a value on the way is fine where a later update of the same change overwrites it
    return effect is not None and (last[keys[0]] > place or effect.holds(shown.updates[place]))


def _why_without(update: Update, known: frozenset[str]) -> Message:
    if update.change_id is None:
        return Message("ledgers.no_change")
    why = "ledgers.names_uncovering" if update.change_id in known else "ledgers.names_unknown"
    return Message(why, {"change_id": update.change_id})


def _why(update: Update, bucket: str, claimers: Sequence[Claim]) -> Message | None:
    if bucket == "matched":
        planned = all(claim.planned for claim in claimers)
        return Message("ledgers.planned_times", {"times": "planned"}) if planned else None
    keys = set(keys_of(update))
    approving = [claim for claim in claimers if keys & claim.approved.keys()]
    why = "ledgers.other_value" if approving else "ledgers.not_among_edits"
    return Message(why, {"change_id": (approving or claimers)[0].change_id, "field": update.field})
