"""The loop of the watch: what was written is followed, and the changes that it concerns are looked at again.

It looks at what was written against what each change rests on (`queries.footprints`), at those nearby first. Time
alone alters verdicts too, and so does what no footprint holds: each change is looked at again after a while anyway.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from api.register import Register
from api.repeating import again_and_again
from api.reviewing import judging_of
from api.scheduling import Schedule
from api.watching.told import News, Told, notices_of
from graph.errors import BadInputError, StorageError
from graph.estate import Estate
from graph.records.changes import Change
from graph.risk.model import SEVERITIES
from graph.store.notices import text_of
from graph.store.watched import NOBODY, Watched, all_watched, forget_stands, note_stand, take_turn
from importers.voices import DECISIONS, voice_key
from queries.deciding import APPROVED
from queries.footprints import MANY, Cause, Footprint, Footprints, cause_of, footprint_of
from queries.judging import Judging
from queries.review import Review
from queries.standing import Known, Stand, stand_of, worth_telling

PAUSE = 0.25  # seconds between two looks at the log
WORKING = 2.0  # seconds that changes are looked at before the log is looked at again
REST = 1.0  # as long as it took, before one that is not pressing is looked at: who is answered comes first
AGAIN = 900.0  # seconds after which a change is looked at though nothing was written
TOGETHER = 25  # changes of which what they share is worked out at once, at the most
BEGINNING = 0.25, 1.0  # seconds, after which no more of them are begun: of those that are not pressing, of the others
TURN = timedelta(seconds=30)  # that one process of several has the watch for
FAR = 20_000  # revisions; after so many every change is looked at
REMEMBERED = 200  # causes of one change that is not looked at yet
WORK = "watch"
VERDICTS = {word[0]: word for word in SEVERITIES}  # by the letters that end the hash of evidence
LOG = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Waiting:
    # a change that is to be looked at, since which revision, and because of what
    since: int
    causes: list[Cause] = field(default_factory=list)
    pressing: bool = False

    def add(self, causes: Sequence[Cause], *, pressing: bool) -> None:
        # those nearby come first, and stay where there are too many
        self.causes = [*causes, *self.causes] if pressing else [*self.causes, *causes]
        del self.causes[REMEMBERED:]
        self.pressing |= pressing


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a watch is. `revision`: of the log, up to which it was followed, -1 where another process has the watch.

    `near`, `far`: changes that are to be looked at because of what was written near to them, and any others.
    """

    revision: int = -1
    near: int = 0
    far: int = 0


class Watch:
    """Looks at coming changes until it is told to end. `tell`: where notices go, beside the pages.

    `clock`: the time; `wall`: seconds of a clock that only goes on.
    """

    def __init__(
        self, register: Register, *, tell: Told | None = None, clock: Callable[[], datetime] = _now,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._register, self._tell, self._clock, self._wall = register, tell or Told(), clock, wall
        self._holder = secrets.token_hex(8)
        self._kept: dict[str, Watched] | None = None  # by change, as the store has them
        self._footprints = Footprints()
        self._looked: dict[str, float] = {}  # when each change was looked at, by `wall`
        self._waiting: dict[str, _Waiting] = {}
        self._revision = 0  # of the log, up to which it was followed
        self._turn: tuple[datetime, int] | None = None  # when it was taken last, and what was said to be done then

    def progress(self) -> Progress:
        """How far it is; any thread may ask."""
        if self._kept is None:
            return Progress()
        # first the revision: it is noted after what waits because of it
        revision, waiting = self._revision, list(self._waiting.values())
        near = sum(each.pressing for each in waiting)
        return Progress(revision, near, len(waiting) - near)

    def run(self, ending: threading.Event) -> None:
        """Look, again and again."""
        again_and_again(partial(self.once, ending), ending, PAUSE, "coming changes cannot be watched for now")

    def once(self, ending: threading.Event | None = None, *, working: float = WORKING) -> int:
        """One look: how many changes were looked at. What is left over is looked at in the next one."""
        try:
            return self._once(ending or threading.Event(), working)
        except Exception:
            self._kept = None  # another process may have the watch meanwhile
            raise

    def _once(self, ending: threading.Event, working: float) -> int:
        register, now = self._register, self._clock()
        seen = self._taken(now)
        if seen is None:
            self._kept = None
            return 0
        estate = register.estate()
        if self._kept is not None and not self._has_work(estate):
            return 0
        schedule = Schedule(register, estate, now)
        active = {each.change_id: each for each in schedule.changes if each.is_active}
        if self._kept is None:
            self._begin(estate, seen)
        self._drop(active)
        self._follow(estate, active)
        return self._look(schedule, active, working, ending)

    def _has_work(self, estate: Estate) -> bool:
        # else the tables of the register need not be gone through
        wall = self._wall()
        is_late = min(self._looked.values(), default=wall) <= wall - AGAIN
        return estate.revision != self._revision or bool(self._waiting) or is_late

    def _taken(self, now: datetime) -> int | None:
        # whose turn it is stands in the store: that is asked for now and then, and when there is something to say
        done = None if self._kept is None else min((w.since for w in self._waiting.values()), default=self._revision)
        if self._turn is not None and done == self._turn[1] and now - self._turn[0] < TURN / 6:
            return done
        seen = take_turn(self._register.store, WORK, self._holder, now, TURN, done)
        self._turn = None if seen is None or done is None else (now, done)
        return seen

    def _begin(self, estate: Estate, seen: int) -> None:
        # how they stood for whoever had the watch before; what was written since then is among the causes
        self._kept = all_watched(self._register.store)
        self._footprints, self._looked, self._waiting = Footprints(), {}, {}
        first = min((each.body["revision"] for each in self._kept.values()), default=estate.revision)
        self._revision = min(max(seen, first), estate.revision)

    def _drop(self, active: Mapping[str, Change]) -> None:
        kept = self._kept or {}
        if gone := sorted(kept.keys() - active.keys()):
            forget_stands(self._register.store, gone)
        for name in (kept.keys() | self._waiting.keys() | self._looked.keys()) - active.keys():
            kept.pop(name, None)
            self._footprints.drop(name)
            self._looked.pop(name, None)
            self._waiting.pop(name, None)

    def _follow(self, estate: Estate, active: Mapping[str, Change]) -> None:
        causes = self._causes(estate.revision)
        near, far = self._footprints.concerned(causes, estate)
        for name in active.keys() - self._looked.keys():
            # not looked at yet by this process, so that nobody knows what it rests on
            near.setdefault(name, causes)
        for found, pressing in ((near, True), (far, False)):
            for name in found.keys() & active.keys():
                waiting = self._waiting.setdefault(name, _Waiting(self._revision))
                waiting.add(found[name], pressing=pressing)
        late = self._wall() - AGAIN
        for name in active.keys() - self._waiting.keys():
            if self._looked.get(name, late) <= late:
                self._waiting[name] = _Waiting(self._revision)
        self._revision = estate.revision

    def _causes(self, upto: int) -> list[Cause]:
        store, since = self._register.store, self._revision
        if upto - since > FAR:
            return [Cause(upto, MANY, str(upto - since))]
        return [
            cause
            for commit in (store.commits(after=since) if upto > since else ())
            for revision in commit.revisions()
            if since < revision.number <= upto and (cause := cause_of(revision, store.ontology))
        ]

    def _look(self, schedule: Schedule, active: Mapping[str, Change], working: float, ending: threading.Event) -> int:
        began, looked = self._wall(), 0
        names = sorted(self._waiting, key=lambda name: (not self._waiting[name].pressing, name))
        if not names:
            return 0
        judging = judging_of(schedule)
        while names:
            at, pressing = self._wall(), self._waiting[names[0]].pressing
            alike = [active[name] for name in names[:TOGETHER] if self._waiting[name].pressing == pressing]
            for name, review in _begun(judging, alike, self._wall, BEGINNING[pressing]).items():
                if not self._one(judging, active[name], self._waiting[name].causes, review):
                    # another process was faster: what it wrote is what people have been told
                    self._kept = None
                    return looked
                del self._waiting[name]  # now that it was looked at
                names.remove(name)
                looked += 1
                if not pressing:
                    ending.wait(REST * (self._wall() - at))
                    at = self._wall()
                if ending.is_set() or not (pressing or self._is_now()):
                    return looked
            if self._wall() - began > working:
                break  # what was begun is finished: it would be begun again
        return looked

    def _is_now(self) -> bool:
        # what was written since may be near to others
        return self._register.store.revision() == self._revision

    def _one(self, judging: Judging, change: Change, causes: list[Cause], begun: Review | None) -> bool:
        kept = self._kept if self._kept is not None else {}
        review, now = _review(judging, change, begun)
        footprint = Footprint.nowhere(change) if review is None else footprint_of(review)
        self._footprints.put(footprint)
        self._looked[change.change_id] = self._wall()
        was = kept.get(change.change_id) or Watched(change.change_id, NOBODY, {})
        before = Stand.of(was.body["stand"]) if was.body else self._decided(change, judging.asked.estate.revision)
        if was.body and before == now:
            return True
        concerning = partial(footprint.among, causes, judging.asked.estate)
        body, notices = self._body(judging, change, review, was, before, now, concerning)
        told = body["told"]
        written = note_stand(self._register.store, was, body, text_of(self._clock()) if told else "", notices)
        if written is not None:
            kept[change.change_id] = written
        return written is not None

    def _body(
        self, judging: Judging, change: Change, review: Review | None, was: Watched, before: Stand | None, now: Stand,
        concerning: Callable[[], Sequence[Cause]],
    ) -> tuple[dict[str, Any], list[tuple[str, Mapping[str, Any]]]]:  # fmt: skip
        asked = judging.asked
        at, revision, old = asked.at.isoformat(), asked.estate.revision, was.body
        if not old:
            since = at if change.decided_at is None else change.decided_at.isoformat()
            verdict = now if before is None else before
            old = {"since": since, "known": Known(verdict.verdict, frozenset(now.out), frozenset(now.blocked)).plain(),
                   "told": None}  # fmt: skip
        known = Known.of(old["known"])
        parts = () if before is None else worth_telling(known, now)
        told, notices = old["told"], list[tuple[str, Mapping[str, Any]]]()
        if before is not None and parts:
            news = News(change, review, before, now, parts, old, asked.at, revision)
            told, notices = notices_of(self._register, self._tell, news, concerning())
        is_same = before is not None and before.verdict == now.verdict
        body = {
            "stand": now.plain(), "since": old["since"] if is_same else at, "revision": revision, "told": told,
            "known": known.after(now).plain(),
        }  # fmt: skip
        return body, notices

    def _decided(self, change: Change, revision: int) -> Stand | None:
        """What was approved, where that is known: a change may stand otherwise before anybody looks at it."""
        if change.decision != APPROVED or not change.voices:
            return None
        keys = [voice_key(change, who) for who in change.voices]
        kept = self._register.store.kept_at(DECISIONS, keys, revision).values()
        hashes = [str(each.thing.state.get("evidence_hash", "")) for each in kept]
        said = {VERDICTS.get(text.rpartition("-")[2][:1]) for text in hashes} - {None}
        # of several the worst: whoever approved knew at least that
        return next((Stand(word, (), ()) for word in reversed(SEVERITIES) if word in said), None)


def _begun(
    judging: Judging, changes: Sequence[Change], wall: Callable[[], float], seconds: float
) -> dict[str, Review | None]:  # fmt: skip
    # what several share is worked out once, of as many as can be begun in a short while; of one that cannot be begun
    # nothing: it is asked again by itself, which says why
    until, begun = wall() + seconds, dict[str, Review | None]()
    for change in changes:
        begun[change.change_id] = None
        with suppress(Exception):
            begun[change.change_id] = judging.begun(change)
        if wall() > until:
            break
    try:
        judging.share([each for each in begun.values() if each is not None])
    except StorageError:
        raise
    except Exception as error:
        LOG.debug("changes are looked at one by one: %s", type(error).__name__)
    return begun


def _review(judging: Judging, change: Change, begun: Review | None) -> tuple[Review | None, Stand]:
    try:
        review = judging.review(change) if begun is None else judging.finished(begun)
        return review, stand_of(review)
    except StorageError:
        raise
    except BadInputError as refused:
        # what cannot be reviewed is to be looked at by somebody
        reason = {"key": refused.message.key, "params": dict(refused.message.params), "severity": "review"}
    except Exception:  # that of one change is no reason not to look at the others
        LOG.exception("change %s could not be reviewed", change.change_id)
        reason = {"key": "watch.cannot", "params": {}, "severity": "review"}
    return None, Stand("review", (), (), (reason,))
