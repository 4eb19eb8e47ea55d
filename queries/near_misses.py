"""Changes that might be meant by an update that none claims; named for a person to judge, never applied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from graph.records.updates import Update
from queries.claims import Asked, Claim, Rowed, microseconds

NEAR = timedelta(days=7)  # before or after an update, within which a change of its CI is worth naming
NAMED = 5  # for one update
WHYS = (
    "not_named",
    "not_approved",
    "undated_decision",
    "decided_late",
    "no_start",
    "never_took_place",
    "ended_before",
    "began_after",
)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A change that might be meant, and why it does not claim the update: one of `WHYS`."""

    change_id: str
    why: str


def near_misses(updates: Sequence[Update], claims: Sequence[Claim]) -> Mapping[int, tuple[NearMiss, ...]]:
    """Place of an update → its near misses, the nearest kind first, at most `NAMED`; O((U + C) log C)."""
    able = [number for number, claim in enumerate(claims) if claim.denied is None]
    denied = [number for number, claim in enumerate(claims) if claim.denied is not None]
    asked = Asked.of(updates)
    found: dict[int, set[tuple[int, str, str]]] = {}
    for place, why, number in (
        *_under_way(asked, claims, denied),
        *_under_way(asked, claims, able),
        *_beside(asked, claims, Rowed.of(claims, able)),
    ):
        found.setdefault(place, set()).add((WHYS.index(why), claims[number].change_id, why))
    return {
        place: tuple(NearMiss(change_id, why) for _, change_id, why in sorted(some)[:NAMED])
        for place, some in found.items()
    }


def _under_way(asked: Asked, claims: Sequence[Claim], numbers: Sequence[int]) -> Iterator[tuple[int, str, int]]:
    question, claim = Rowed.of(claims, numbers).pairs(asked)
    for place, number in zip(question.tolist(), claim.tolist(), strict=True):
        if claims[number].change_id != asked.updates[place].change_id:
            yield place, claims[number].denied or "not_named", number


def _beside(asked: Asked, claims: Sequence[Claim], rowed: Rowed) -> Iterator[tuple[int, str, int]]:
    near = int(NEAR.total_seconds() * 1e6)
    start, due = (microseconds([getattr(each, name) for each in claims]) for name in ("start", "due"))
    for places, owner in rowed.ends(asked.updates):
        ended, begun = (
            rowed.rows.last_ended(owner, asked.after[places]),
            rowed.rows.next_begun(owner, asked.until[places]),
        )
        for row, why in ((ended, "ended_before"), (begun, "began_after")):
            at, claim = places[row >= 0], rowed.claim[row[row >= 0]]
            gap = asked.after[at] - due[claim] if why == "ended_before" else start[claim] - asked.until[at]
            for place, number in np.stack([at, claim], axis=1)[gap <= near].tolist():
                yield place, why, number
