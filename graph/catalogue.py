"""CIs as columns that they are listed by: filtered, ordered and paged without asking the database."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.strings import StringTable, runs

Word = TypeVar("Word", str, tuple[str, ...])
Mask = NDArray[np.bool_]
OrderField = Literal["ci_id", "name", "ci_class", "last_revision"]
MANY = 16  # where more than one in so many rows is other than it was, orders are made anew when they are asked for
Key = tuple[str | int, str]  # the value that is ordered by, and the id


class Listed(NamedTuple):
    """One CI as it is listed. `last_revision`: the one that changed it last; `owners`: ids, sorted."""

    ci_id: str
    name: str
    ci_class: str
    status: str
    last_revision: int
    owners: tuple[str, ...] = ()

    @property
    def searched(self) -> str:
        """What `Condition.text` looks in."""
        return f"{self.ci_id}\0{self.name}".casefold()


@dataclass(frozen=True, slots=True)
class Condition:
    """What a CI must be; `None` leaves it open. All parts hold together.

    `text`: in its id or name, in upper or lower case; `owner`: one of its owners; `ids`: one of these; `every`, `some`,
    `none`: other conditions, of which all, one at least, and none hold.
    """

    text: str | None = None
    classes: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    owner: str | None = None
    ids: frozenset[str] | None = None
    every: tuple["Condition", ...] = ()
    some: tuple["Condition", ...] | None = None
    none: "Condition | None" = None

    def holds(self, ci: Listed) -> bool:
        """Whether a CI is that."""
        return (
            (self.text is None or self.text.casefold() in ci.searched)
            and (self.classes is None or ci.ci_class in self.classes)
            and (self.statuses is None or ci.status in self.statuses)
            and (self.owner is None or self.owner in ci.owners)
            and (self.ids is None or ci.ci_id in self.ids)
            and all(each.holds(ci) for each in self.every)
            and (self.some is None or any(each.holds(ci) for each in self.some))
            and (self.none is None or not self.none.holds(ci))
        )


@dataclass(frozen=True, slots=True)
class Order:
    """By what, then by id; both the other way round where it is descending."""

    field: OrderField = "ci_id"
    descending: bool = False

    def key(self, ci: Listed) -> Key:
        """Where a CI is in the order; equal for no two."""
        return getattr(ci, self.field), ci.ci_id


@dataclass(frozen=True, slots=True)
class Page:
    """Ids in order, the key of the last of them, whether more follow, and how many there are on all pages."""

    ci_ids: list[str]
    last: Key | None
    more: bool
    total: int


@dataclass(frozen=True, eq=False)
class Catalogue:
    """CIs in the order of their ids."""

    ids: StringTable
    names: StringTable
    classes: tuple[str, ...]
    class_code: NDArray[np.uint16]
    statuses: tuple[str, ...]
    status_code: NDArray[np.uint8]
    owners: tuple[tuple[str, ...], ...]
    owners_code: NDArray[np.int32]
    revisions: NDArray[np.int64]

    @classmethod
    def of(cls, cis: Iterable[Listed]) -> "Catalogue":
        """The catalogue of these CIs, in whatever order they come."""
        rows = sorted(cis)
        return cls(
            StringTable.of(row.ci_id for row in rows),
            StringTable.of(row.name for row in rows),
            *_coded([row.ci_class for row in rows], np.uint16),
            *_coded([row.status for row in rows], np.uint8),
            *_coded([row.owners for row in rows], np.int32),
            np.fromiter((row.last_revision for row in rows), np.int64, len(rows)),
        )

    def with_changed(self, changed: Mapping[str, Listed | None]) -> "Catalogue":
        """The catalogue in which CIs are other than it says, `None` where they are not there.

        At a cost of what changed, and little for each row; orders and texts that were made once are made over.
        """
        n, fresh = len(self), Catalogue.of(ci for ci in changed.values() if ci is not None)
        stays = np.ones(n, np.bool_)
        stays[[row for ci_id in changed if (row := self.ids.find(ci_id)) is not None]] = False
        kept = np.flatnonzero(stays)
        place = np.searchsorted(kept, [bisect_left(self.ids, ci_id) for ci_id in fresh.ids])
        rows = np.insert(kept, place, np.arange(n, n + len(fresh)))
        made = Catalogue(
            self.ids.joined(fresh.ids, rows),
            self.names.joined(fresh.names, rows),
            *_joined((self.classes, self.class_code), (fresh.classes, fresh.class_code), rows),
            *_joined((self.statuses, self.status_code), (fresh.statuses, fresh.status_code), rows),
            *_joined((self.owners, self.owners_code), (fresh.owners, fresh.owners_code), rows),
            np.concatenate([self.revisions, fresh.revisions])[rows],
        )
        made._make_over(self, fresh, rows)
        return made

    def _make_over(self, before: "Catalogue", fresh: "Catalogue", rows: NDArray[np.int64]) -> None:
        # kept with the properties of this catalogue, as if they had been asked for
        if "_ordered" in before.__dict__:
            self.__dict__["_ordered"] = before._ordered.made_over(self, fresh, rows)
        if "_searched" in before.__dict__:
            self.__dict__["_searched"] = _texts_joined(before._searched, fresh._searched, rows)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> Listed:
        return Listed(
            self.ids[row], self.names[row], self.classes[self.class_code[row]], self.statuses[self.status_code[row]],
            int(self.revisions[row]), self.owners[self.owners_code[row]],
        )  # fmt: skip

    def page(
        self, condition: Condition, order: Order, size: int, after: Key | None = None,
        changed: Mapping[str, Listed | None] | None = None,
    ) -> Page:  # fmt: skip
        """CIs of a condition in an order, after a key.

        `changed` lies over the catalogue: CIs that are other than it says, `None` where they are not there.
        """
        over = changed or {}
        mask = self.mask(condition)
        for ci_id in over:
            row = self.ids.find(ci_id)
            if row is not None:
                mask[row] = False
        beside = [ci for ci in over.values() if ci is not None and condition.holds(ci)]
        following = [ci for ci in beside if after is None or _is_after(order.key(ci), after, order)]
        found = [*self._following(mask, order, size + 1, after), *following]
        found.sort(key=order.key, reverse=order.descending)
        shown = found[:size]
        last = order.key(shown[-1]) if shown else after
        return Page([ci.ci_id for ci in shown], last, len(found) > size, int(mask.sum()) + len(beside))

    def mask(self, condition: Condition) -> Mask:
        """By row whether the condition holds (`Condition.holds`)."""
        mask = np.ones(len(self), np.bool_) if condition.text is None else self._containing(condition.text.casefold())
        for wanted, words, codes in (
            (condition.classes, self.classes, self.class_code), (condition.statuses, self.statuses, self.status_code),
        ):  # fmt: skip
            if wanted is not None:
                mask &= np.array([word in wanted for word in words], np.bool_)[codes]
        if condition.owner is not None:
            mask &= np.array([condition.owner in some for some in self.owners], np.bool_)[self.owners_code]
        if condition.ids is not None:
            rows = [row for ci_id in condition.ids if (row := self.ids.find(ci_id)) is not None]
            among = np.zeros(len(self), np.bool_)
            among[rows] = True
            mask &= among
        for each in condition.every:
            mask &= self.mask(each)
        if condition.some is not None:
            any_of = np.zeros(len(self), np.bool_)
            for each in condition.some:
                any_of |= self.mask(each)
            mask &= any_of
        return mask if condition.none is None else mask & ~self.mask(condition.none)

    def _following(self, mask: Mask, order: Order, size: int, after: Key | None) -> Iterator[Listed]:
        rows = self._ordered[order.field]
        place = None if after is None else _Keys(self, order, rows)
        if order.descending:
            end = len(rows) if place is None or after is None else bisect_left(place, after)
            wanted = rows[:end][::-1]
        else:
            start = 0 if place is None or after is None else bisect_right(place, after)
            wanted = rows[start:]
        return (self[int(row)] for row in wanted[mask[wanted]][:size])

    @cached_property
    def _ordered(self) -> "_Orders":
        return _Orders(self)

    def _containing(self, text: str) -> Mask:
        found, (whole, starts) = np.zeros(len(self), np.bool_), self._searched
        wanted, at = text.encode("utf-8", "surrogatepass"), 0
        if "\n" in text:
            return found
        while 0 <= (at := whole.find(wanted, at)) < len(whole):
            row = bisect_right(starts, at) - 1
            found[row] = True
            at = starts[row + 1]
        return found

    @cached_property
    def _searched(self) -> tuple[bytes, list[int]]:
        # rows end with a line, which neither an id nor a name holds
        lines = [f"{self[row].searched}\n".encode() for row in range(len(self))]
        starts = np.concatenate([[0], np.cumsum([len(line) for line in lines], dtype=np.int64)])
        return b"".join(lines), starts.tolist()


def _coded(words: Sequence[Word], dtype: type[np.integer[Any]]) -> tuple[tuple[Word, ...], NDArray[Any]]:
    # the different words, sorted, and by row which it is
    different = sorted(set(words))
    code_of = {word: code for code, word in enumerate(different)}
    return tuple(different), np.fromiter((code_of[word] for word in words), dtype, len(words))


def _joined(
    one: tuple[tuple[Word, ...], NDArray[Any]], other: tuple[tuple[Word, ...], NDArray[Any]], rows: NDArray[np.int64]
) -> tuple[tuple[Word, ...], NDArray[Any]]:
    # the words of some rows of both, but for those that no row has any more
    every = sorted(set(one[0]).union(other[0]))
    code_of = {word: code for code, word in enumerate(every)}
    parts = [np.array([code_of[word] for word in words], codes.dtype)[codes] for words, codes in (one, other)]
    codes = np.concatenate(parts)[rows]
    is_used = np.bincount(codes, minlength=len(every)) > 0
    code_now = (np.cumsum(is_used) - 1).astype(codes.dtype)
    return tuple(every[code] for code in np.flatnonzero(is_used)), code_now[codes]


def _texts_joined(
    one: tuple[bytes, list[int]], other: tuple[bytes, list[int]], rows: NDArray[np.int64]
) -> tuple[bytes, list[int]]:
    n, parts = len(one[1]) - 1, list[memoryview]()
    for start, end in runs(rows, n):
        (whole, starts), first = (one, start) if start < n else (other, start - n)
        parts.append(memoryview(whole)[starts[first] : starts[first + end - start]])
    lengths = np.concatenate([np.diff(np.array(starts, np.int64)) for _, starts in (one, other)])[rows]
    return b"".join(parts), np.concatenate([[0], np.cumsum(lengths)]).tolist()


class _Orders:
    """Rows by each field, made when a page in that order is asked for."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._of, self._made = catalogue, dict[OrderField, NDArray[np.int32]]()

    def made_over(self, catalogue: Catalogue, fresh: Catalogue, rows: NDArray[np.int64]) -> "_Orders":
        """Those of a catalogue of some rows of this one and a fresh one (`StringTable.joined`); none of very many."""
        found, n = _Orders(catalogue), len(self._of)
        if len(fresh) > n // MANY:
            return found
        now = np.full(n + len(fresh), -1, np.int64)
        now[rows] = np.arange(len(rows))
        for field, made in list(self._made.items()):
            kept = now[made]
            kept = kept[kept >= 0]
            # rows of those that come, in this order, each put where it belongs among those that stay
            coming, keys = now[n:][_Orders(fresh)[field]], _Keys(catalogue, Order(field), kept)
            place = [bisect_left(keys, keys.of(row)) for row in coming.tolist()]
            found._made[field] = np.insert(kept, place, coming).astype(np.int32)
        return found

    def __getitem__(self, field: OrderField) -> NDArray[np.int32]:
        if field not in self._made:
            # rows are in the order of the ids, and equal ones stay in it
            self._made[field] = np.argsort(self._values(field), kind="stable").astype(np.int32)
        return self._made[field]

    def _values(self, field: OrderField) -> NDArray[np.int64]:
        of = self._of
        if field == "last_revision":
            return of.revisions
        if field == "ci_class":
            return of.class_code.astype(np.int64)
        if field == "ci_id":
            return np.arange(len(of), dtype=np.int64)
        names = list(of.names)
        rank = {name: place for place, name in enumerate(sorted(set(names)))}
        return np.fromiter((rank[name] for name in names), np.int64, len(names))


class _Keys(Sequence[Key]):
    """The keys of rows in an order, for a binary search."""

    def __init__(self, catalogue: Catalogue, order: Order, rows: NDArray[np.integer[Any]]) -> None:
        self._of, self._order, self._rows = catalogue, order, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> Key:  # type: ignore[override]
        return self.of(int(self._rows[at]))

    def of(self, row: int) -> Key:
        """That of a row."""
        return self._order.key(self._of[row])


def _is_after(key: Key, after: Key, order: Order) -> bool:
    return key < after if order.descending else key > after
