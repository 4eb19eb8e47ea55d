"""The catalogue of a register, kept: read once, then brought forward along the change feed."""

import threading
from collections.abc import Iterable, Iterator

from graph.catalogue import Catalogue, Listed
from graph.deadline import acquired, within
from graph.history import CI, RELATIONSHIP, Revision, Thing
from graph.store.store import Store
from graph.store.things import ends_of

PAGE = 20_000  # CIs read at once
MOST_CHANGED = 2_000  # CIs that lie over the catalogue, before it is made anew: a page looks at each of them
LIVE = "live"  # what a CI is that says nothing else
OWNED = "owned_by"
Changed = dict[str, Listed | None]
Held = tuple[Catalogue, Changed, int]


class Listing:
    """Any number of threads may ask, each for a revision."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        # with the revision that it is of; the one before stays for those who are still answered at its revision
        self._held: Held | None = None
        self._before: Held | None = None
        self._making = False

    def at(self, revision: int) -> tuple[Catalogue, Changed]:
        """The CIs at a revision: a catalogue, and what lies over it (`Catalogue.page`).

        Raises TooSlowError where others make the catalogue for longer than the deadline of who asks.
        """
        held = self._of(revision)
        if held is None:
            with acquired(self._lock), within(None):  # all use it
                held = self._of(revision) or self._bring(revision)
        base, changed, seen = held
        if seen == revision:
            return base, changed
        past = _Over(base, dict(changed))
        for commit in self._store.commits_backwards(after=revision):
            for each in reversed(list(commit.revisions())):
                if each.number > revision:
                    past.undo(each)
        return base, past.changed

    def _of(self, revision: int) -> Held | None:
        return next((held for held in (self._held, self._before) if held is not None and held[2] == revision), None)

    def _bring(self, revision: int) -> Held:
        before = self._held
        now = self._follow(before, revision)
        if before is None or before[2] != now[2]:
            # of a database that was put back, the same number may come to stand for another revision
            self._before = before if before is not None and before[2] < now[2] else None
        self._held = now
        return now

    def keep_up(self, revision: int) -> None:
        """Bring the catalogue to a revision, if it is there and nobody is at it."""
        if self._held is not None and self._lock.acquire(blocking=False):
            try:
                self._bring(revision)
            finally:
                self._lock.release()

    def some(self, ci_ids: Iterable[str], revision: int) -> list[Listed | None]:
        """These CIs at a revision, `None` for those that were not there."""
        over = _Over(*self.at(revision))
        return [over.find(ci_id) for ci_id in ci_ids]

    def known(self, ci_ids: Iterable[str], revision: int) -> list[Listed | None] | None:
        """The same without waiting for anything; `None` where the catalogue is of another revision by now."""
        held = self._of(revision)
        if held is None:
            return None
        over = _Over(held[0], held[1])
        return [over.find(ci_id) for ci_id in ci_ids]

    def _follow(self, held: Held | None, to: int) -> Held:
        # where reading fails nothing is noted: whoever asks next reads it again
        if held is None or self._store.revision() < held[2]:
            seen, base, changed = self._store.settled(), Catalogue.of(_all(self._store)), Changed()
            # what was being committed while it was read may be in it, and is now wholly in the log
            self._store.settled()
        else:
            base, changed, seen = held
        fresh = dict(changed)  # whoever is answered now has the old ones
        over, upto = _Over(base, fresh), seen
        for commit in self._store.commits(after=seen):
            if commit.last > to:
                break
            for each in commit.revisions():
                over.redo(each)
            upto = commit.last
        if len(fresh) > MOST_CHANGED and not self._making:
            self._making = True
            threading.Thread(target=self._make, args=(base, fresh), daemon=True).start()
        return base, fresh, upto

    def _make(self, base: Catalogue, then: Changed) -> None:
        # beside the answers; what changes meanwhile lies over what is made
        try:
            made = base.with_changed(then)
            with self._lock:
                held = self._held
                if held is not None and held[0] is base:
                    over = {key: ci for key, ci in held[1].items() if then.get(key, held) is not ci}
                    # the one before would keep all that this one has taken the place of
                    self._held, self._before = (made, over, held[2]), None
        finally:
            self._making = False


class _Over:
    """A catalogue with changes over it, one revision after the other applied or undone."""

    def __init__(self, base: Catalogue, changed: Changed) -> None:
        self._base, self.changed = base, changed

    def find(self, ci_id: str) -> Listed | None:
        """A CI as it is with the changes."""
        if ci_id in self.changed:
            return self.changed[ci_id]
        row = self._base.ids.find(ci_id)
        return None if row is None else self._base[row]

    def redo(self, revision: Revision) -> None:
        """Apply what a revision did."""
        self._set(revision, revision.after, revision.number)

    def undo(self, revision: Revision) -> None:
        """Put back what was before a revision."""
        self._set(revision, revision.before, revision.previous)

    def _set(self, revision: Revision, thing: Thing | None, number: int) -> None:
        if revision.kind == CI:
            before = self.find(revision.key)
            owners = () if before is None else before.owners
            self.changed[revision.key] = _listed(revision.key, thing, number, owners)
        elif revision.kind == RELATIONSHIP and (ends := ends_of(revision.key))[1] == OWNED:
            ci = self.find(ends[0])
            if ci is not None:
                others = {*ci.owners} - {ends[2]}
                owners = tuple(sorted(others if thing is None else others | {ends[2]}))
                self.changed[ends[0]] = ci._replace(owners=owners)


def _all(store: Store) -> Iterator[Listed]:
    given = int(store.rows("nums_given")[0]["nums"])
    for above in range(0, given, PAGE):
        owners: dict[str, list[str]] = {}
        upto = min(above + PAGE, given)
        owned = store.rows("owners_listed", OWNED, above=above, upto=upto)[0]
        for ci_id, owner in zip(owned["ci_id"], owned["owner"], strict=True):
            owners.setdefault(ci_id, []).append(owner)
        page = store.rows("ci_listed", above=above, upto=upto)[0]
        columns = (page[name] for name in ("ci_id", "name", "ci_class", "status", "revision"))
        for ci_id, name, ci_class, status, revision in zip(*columns, strict=True):
            yield Listed(ci_id, name, ci_class, status or LIVE, revision, tuple(sorted(owners.get(ci_id, ()))))


def _listed(ci_id: str, thing: Thing | None, revision: int, owners: tuple[str, ...]) -> Listed | None:
    if thing is None:
        return None
    state = thing.state
    return Listed(ci_id, str(state["name"]), str(state["ci_class"]), str(state.get("status", LIVE)), revision, owners)
