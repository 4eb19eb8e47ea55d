"""The loop of the watch: what was written is followed, and the changes that it concerns are looked at again.

It looks at what was written against what each change rests on (`queries.footprints`), at those nearby first. Time
alone alters verdicts too, and so does what no footprint holds: each change is looked at again after a while anyway.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from api.register import Register
from api.repeating import again_and_again
from api.reviewing import judging_of
from api.scheduling import Schedule
from api.watching.told import News, Told, notices_of
from graph.errors import BadInputError
from graph.estate import Estate
from graph.records.changes import Change
from graph.store.watched import NOBODY, Watched, all_watched, forget_stands, note_stand, take_turn
from queries.footprints import Cause, Footprint, Footprints, cause_of, footprint_of
from queries.judging import Judging
from queries.review import Review
from queries.standing import Stand, stand_of, worth_telling

PAUSE = 0.5  # seconds between two looks at the log
WORKING = 2.0  # seconds that changes are looked at before the log is looked at again
REST = 1.0  # as long as it took, before one that is not pressing is looked at: who is answered comes first
AGAIN = 900.0  # seconds after which a change is looked at though nothing was written
TURN = timedelta(seconds=30)  # that one process of several has the watch for
FAR = 20_000  # revisions; after so many every change is looked at
REMEMBERED = 200  # causes of one change that is not looked at yet
WORK = "watch"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Waiting:
    # a change that is to be looked at, since when, and because of what
    causes: list[Cause] = field(default_factory=list)
    pressing: bool = False


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
        done = self._revision if self._kept is not None and not self._waiting else None
        seen = take_turn(register.store, WORK, self._holder, now, TURN, done)
        if seen is None:
            self._kept = None
            return 0
        estate = register.estate()
        schedule = Schedule(register, estate, now)
        active = {each.change_id: each for each in schedule.changes if each.is_active}
        if self._kept is None:
            self._begin(estate, seen)
        self._drop(active)
        self._follow(estate, active)
        return self._look(schedule, active, working, ending)

    def _begin(self, estate: Estate, seen: int) -> None:
        # how they stood for whoever had the watch before; what was written since then is among the causes
        self._kept = all_watched(self._register.store)
        self._footprints, self._looked, self._waiting = Footprints(), {}, {}
        first = min((each.body["revision"] for each in self._kept.values()), default=estate.revision)
        self._revision = max(min(max(seen, first), estate.revision), estate.revision - FAR)

    def _drop(self, active: Mapping[str, Change]) -> None:
        kept = self._kept or {}
        if gone := sorted(kept.keys() - active.keys()):
            forget_stands(self._register.store, gone)
        for name in gone:
            kept.pop(name)
            self._footprints.drop(name)
            self._looked.pop(name, None)
            self._waiting.pop(name, None)

    def _follow(self, estate: Estate, active: Mapping[str, Change]) -> None:
        causes = list(self._causes(estate.revision))
        near, far = self._footprints.concerned(causes, estate)
        for name in active.keys() - self._looked.keys():
            # not looked at yet by this process, so that nobody knows what it rests on
            near.setdefault(name, list(causes))
        for found, pressing in ((near, True), (far, False)):
            for name in found.keys() & active.keys():
                waiting = self._waiting.setdefault(name, _Waiting())
                waiting.causes = [*waiting.causes, *found[name]][-REMEMBERED:]
                waiting.pressing |= pressing
        late = self._wall() - AGAIN
        for name in active.keys() - self._waiting.keys():
            if self._looked.get(name, late) <= late:
                self._waiting[name] = _Waiting()
        self._revision = estate.revision

    def _causes(self, upto: int) -> Iterable[Cause]:
        store = self._register.store
        for commit in store.commits(after=self._revision) if upto > self._revision else ():
            for revision in commit.revisions():
                if self._revision < revision.number <= upto and (cause := cause_of(revision, store.ontology)):
                    yield cause

    def _look(self, schedule: Schedule, active: Mapping[str, Change], working: float, ending: threading.Event) -> int:
        began, looked = self._wall(), 0
        judging: Judging | None = None
        for name in sorted(self._waiting, key=lambda name: (not self._waiting[name].pressing, name)):
            if looked and (ending.is_set() or self._wall() - began > working):
                break
            judging = judging or judging_of(schedule)
            waiting, at = self._waiting.pop(name), self._wall()
            self._one(judging, active[name], waiting.causes)
            looked += 1
            if not waiting.pressing:
                ending.wait(REST * (self._wall() - at))
        return looked

    def _one(self, judging: Judging, change: Change, causes: list[Cause]) -> None:
        kept = self._kept if self._kept is not None else {}
        review, now = _review(judging, change)
        footprint = Footprint.nowhere(change) if review is None else footprint_of(review)
        self._footprints.put(footprint)
        self._looked[change.change_id] = self._wall()
        was = kept.get(change.change_id) or Watched(change.change_id, NOBODY, {})
        at, revision = judging.asked.at.isoformat(), judging.asked.estate.revision
        if not was.body:
            body = {"stand": now.plain(), "since": at, "revision": revision, "told": None}
            written = note_stand(self._register.store, was, body, "")
        else:
            before = Stand.of(was.body["stand"])
            if before == now:
                return
            parts = worth_telling(before, now)
            since = at if before.verdict != now.verdict else was.body["since"]
            told: Any = was.body["told"]
            notices: list[tuple[str, Mapping[str, Any]]] = []
            if parts:
                news = News(change, review, before, now, parts, was.body, judging.asked.at, revision)
                told, notices = notices_of(
                    self._register, self._tell, news, footprint.among(causes, judging.asked.estate)
                )
            body = {"stand": now.plain(), "since": since, "revision": revision, "told": told}
            written = note_stand(self._register.store, was, body, told["at"] if told else "", notices)
        if written is None:
            # another process was faster: what it wrote is what people have been told
            self._kept = None
            return
        kept[change.change_id] = written


def _review(judging: Judging, change: Change) -> tuple[Review | None, Stand]:
    try:
        review = judging.review(change)
        return review, stand_of(review)
    except BadInputError as refused:
        # what cannot be reviewed is to be looked at by somebody
        reason = {"key": refused.message.key, "params": dict(refused.message.params), "severity": "review"}
        return None, Stand("review", (), (), (reason,))
