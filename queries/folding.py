"""What of a picture is drawn one by one, and what only as a group with its count: never more than may be drawn."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from queries.views import Pairs

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
MOST = 2_000  # elements that a browser is sent (ARCHITECTURE)
DENSE = 2**23  # numbers that are counted in an array of their own
FOLDED = 2**40  # a turn that never comes
PER_LANE = 10  # CIs of a lane before "+N more" (SCREENS: Lanes)


class Kind(IntEnum):
    """What a box stands for: one CI, CIs alike by what somebody chose, more of a class, more of a lane."""

    CI = 0
    ALIKE = 1
    CLASS = 2
    LANE = 3


Key = tuple[Kind, int, int]  # of a group: its kind, its lane, and the number of the label or class (of a lane: 0)


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of each CI of a picture.

    `lane`, `ci_class`: numbers from 0. `label`: number of what it is grouped by, `None` where nothing is grouped.
    `rank`: who is drawn first, the least first. `pinned`: drawn before all others, past the number of a lane.
    """

    lane: I32
    ci_class: I32
    rank: I32
    pinned: NDArray[np.bool_]
    label: I32 | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """The boxes that are drawn and the links between them; their sizes and counts add up to all CIs and pairs.

    By box: `ci` (a position in the picture, -1 for a group), `kind`, `lane`, `code` (label or class), `size` (how many
    CIs), `inner` (pairs within). `box`: of each CI the box that it is in. By link: `source` and `target` (boxes),
    `count` (pairs it stands for), `pair` (the first of them).
    """

    box: I32
    ci: I32
    kind: I32
    lane: I32
    code: I32
    size: I32
    inner: I32
    source: I32
    target: I32
    count: I32
    pair: I32

    @property
    def elements(self) -> int:
        """Boxes and links together."""
        return len(self.ci) + len(self.source)


def folded(
    pairs: Pairs, traits: Traits, *, opened: Collection[Key] = (), per_lane: int = PER_LANE, most: int = MOST
) -> Folded:
    """Draw as many CIs one by one as fit; the others as groups by lane and class, links between groups with counts.

    Parameters
    ----------
    pairs, traits
        Who rests on whom, and what is known of each CI.
    opened
        Groups whose CIs are drawn one by one, as far as they fit.
    per_lane
        So many CIs of a lane are drawn one by one beside those that are pinned or of an opened group.
    most
        Boxes and links together. One box a lane is the least there can be.

    Notes
    -----
    A group of one is drawn as that one. One CI more taken out of its group never makes fewer boxes or links, so how
    many fit is found by halving. Where not even groups by class fit, those that are too many are one box a lane.
    """
    units = _Units.of(traits, frozenset(opened), per_lane, most)
    for coarse in (False, True):
        fold = _Fold.of(pairs, units, coarse=coarse)
        shown = fold.largest(most)
        if shown is not None:
            break
    return fold.drawn(pairs, 0 if shown is None else shown)


@dataclass(frozen=True, slots=True)
class _Units:
    """What is drawn as one box or not at all: CIs first, then groups of those alike.

    `own`: of each CI its unit. `order`: by unit its turn; FOLDED for those that are not drawn one by one at all.
    """

    own: I64
    order: I64
    bucket: I64  # the group by class that a unit is folded into
    lane: I64
    code: I64
    classes: int

    @classmethod
    def of(cls, traits: Traits, opened: frozenset[Key], per_lane: int, most: int) -> "_Units":
        n = len(traits.lane)
        lane, ci_class = traits.lane.astype(np.int64), traits.ci_class.astype(np.int64)
        own, alike = np.arange(n, dtype=np.int64), np.zeros(n, np.bool_)
        is_opened = _among(Kind.CLASS, lane, ci_class, opened)
        keys = sizes = np.empty(0, np.int64)
        labels = 1
        if traits.label is not None and n:
            labels = int(traits.label.max()) + 1
            is_opened |= _among(Kind.ALIKE, lane, traits.label.astype(np.int64), opened)
            key = lane * labels + traits.label
            free = np.flatnonzero(~traits.pinned & ~_among(Kind.ALIKE, lane, traits.label.astype(np.int64), opened))
            keys, at, sizes = np.unique(key[free], return_inverse=True, return_counts=True)
            group = np.cumsum(sizes > 1) - 1
            several = sizes[at] > 1
            own[free[several]] = n + group[at[several]]
            alike[free[several]] = True
            keys, sizes = keys[sizes > 1], sizes[sizes > 1]
        single = np.flatnonzero(~alike)
        single = single[np.lexsort((traits.rank[single], ~traits.pinned[single]))]
        turn = _turn_in_lane(lane[single])
        kept = single[traits.pinned[single] | is_opened[single] | (turn < per_lane)]
        pinned = kept[traits.pinned[kept]]
        groups = n + np.argsort(-sizes, kind="stable")
        queue = np.concatenate([pinned, groups, kept[~traits.pinned[kept]]])[:most]
        order = np.full(n + len(keys), FOLDED, np.int64)
        order[queue] = np.arange(len(queue))
        lanes = np.concatenate([lane, keys // labels])
        classes = int(ci_class.max(initial=0)) + 1
        first = n + len(keys)
        count = int(lanes.max(initial=0)) + 1
        # groups of those alike are folded into the box of their lane
        bucket = np.concatenate([first + lane * classes + ci_class, first + count * classes + keys // labels])
        return cls(own, order, bucket, lanes, np.concatenate([ci_class, keys % labels]), classes)

    @property
    def lanes(self) -> int:
        return int(self.lane.max(initial=0)) + 1


@dataclass(frozen=True, slots=True)
class _Fold:
    """Units with the pairs between them, alike ones counted once."""

    units: _Units
    bucket: I64
    ends: I64  # (from, to) of each kind of pair
    last: I64  # by bucket that is not empty the last turn of its units

    @classmethod
    def of(cls, pairs: Pairs, units: _Units, *, coarse: bool) -> "_Fold":
        bucket = units.bucket
        if coarse:
            bucket = len(units.order) + units.lanes * units.classes + units.lane
        span = len(units.order) + units.lanes * (units.classes + 1)
        # what is not drawn one by one anyhow is the same to every fold
        fixed = np.where(units.order < FOLDED, np.arange(len(units.order)), bucket)[units.own]
        where, number = _present(fixed, span)
        keys, _ = _counted(number[pairs.source] * len(where) + number[pairs.target], len(where) ** 2)
        ends = np.stack([where[keys // max(len(where), 1)], where[keys % max(len(where), 1)]])
        present, _ = _present(units.own, len(units.order))
        last = np.full(span, -1, np.int64)
        np.maximum.at(last, bucket[present], units.order[present])
        return cls(units, bucket, ends, last[last >= 0])

    def largest(self, most: int) -> int | None:
        """How many units can be drawn one by one; `None` where not even all groups fit."""
        low, high = 0, int((self.units.order < FOLDED).sum())
        if self._elements(low) > most:
            return None
        while low < high:
            middle = (low + high + 1) // 2
            if self._elements(middle) <= most:
                low = middle
            else:
                high = middle - 1
        return low

    def _elements(self, shown: int) -> int:
        boxes = shown + int((self.last >= shown).sum())
        mapped = self._mapped(shown)
        source, target = mapped[self.ends[0]], mapped[self.ends[1]]
        return boxes + len(np.unique((source * len(mapped) + target)[source != target]))

    def _mapped(self, shown: int) -> I64:
        # by unit or bucket what it is drawn as
        order = self.units.order
        span = len(order) + self.units.lanes * (self.units.classes + 1)
        mapped = np.arange(span, dtype=np.int64)
        mapped[: len(order)] = np.where(order < shown, mapped[: len(order)], self.bucket)
        return mapped

    def drawn(self, pairs: Pairs, shown: int) -> Folded:
        """The boxes and links with so many units one by one."""
        units = self.units
        mapped = self._mapped(shown)
        present, _ = _present(units.own, len(units.order))
        many = np.bincount(mapped[present], minlength=len(mapped))
        alone = present[many[mapped[present]] == 1]
        mapped[alone] = alone  # a group of one is that one
        boxes, box = _present(mapped[units.own], len(mapped))
        size = np.bincount(box, minlength=len(boxes))
        source, target = box[pairs.source], box[pairs.target]
        inner = np.bincount(source[source == target], minlength=len(boxes))
        between = np.flatnonzero(source != target)
        key = source[between] * len(boxes) + target[between]
        keys, count = _counted(key, len(boxes) ** 2)
        first = np.empty(len(keys), np.int64)
        first[np.searchsorted(keys, key[::-1])] = between[::-1]
        kind, lane, code = self._told(boxes)
        links = keys // max(len(boxes), 1), keys % max(len(boxes), 1), count, first
        ci = np.where(kind == Kind.CI, boxes, -1)
        return Folded(*(each.astype(np.int32) for each in (box, ci, kind, lane, code, size, inner, *links)))

    def _told(self, boxes: I64) -> tuple[I64, I64, I64]:
        units, n, many = self.units, len(self.units.own), len(self.units.order)
        kind, lane, code = np.full(len(boxes), Kind.CI, np.int64), np.zeros_like(boxes), np.zeros_like(boxes)
        is_unit = boxes < many
        lane[is_unit], code[is_unit] = units.lane[boxes[is_unit]], units.code[boxes[is_unit]]
        kind[is_unit & (boxes >= n)] = Kind.ALIKE
        by_class = ~is_unit & (boxes < many + units.lanes * units.classes)
        rest = boxes[by_class] - many
        kind[by_class], lane[by_class], code[by_class] = Kind.CLASS, rest // units.classes, rest % units.classes
        by_lane = ~is_unit & ~by_class
        kind[by_lane], lane[by_lane] = Kind.LANE, boxes[by_lane] - many - units.lanes * units.classes
        return kind, lane, code


def _present(numbers: I64, span: int) -> tuple[I64, I64]:
    """The numbers that occur, sorted, and of each one given its place among them."""
    found = np.zeros(span, np.bool_)
    found[numbers] = True
    return np.flatnonzero(found), (np.cumsum(found) - 1)[numbers]


def _counted(keys: I64, span: int) -> tuple[I64, I64]:
    """The keys that occur, sorted, and how often: many keys of few kinds are counted without sorting them."""
    if span > max(DENSE, len(keys)):
        return np.unique(keys, return_counts=True)
    counts = np.bincount(keys, minlength=span)
    found = np.flatnonzero(counts)
    return found, counts[found]


def _among(kind: Kind, lane: I64, code: I64, opened: frozenset[Key]) -> NDArray[np.bool_]:
    found = np.zeros(len(lane), np.bool_)
    for each, its_lane, its_code in opened:
        if each == kind:
            found |= (lane == its_lane) & (code == its_code)
        elif each == Kind.LANE:
            found |= (lane == its_lane) & (kind == Kind.CLASS)
    return found


def _turn_in_lane(lane: I64) -> I64:
    # of CIs in order which one of its lane each is
    order = np.argsort(lane, kind="stable")
    start = np.searchsorted(lane[order], lane[order])
    turn = np.empty(len(lane), np.int64)
    turn[order] = np.arange(len(lane)) - start
    return turn
