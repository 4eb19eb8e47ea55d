"""Outages alone, spreading from what stops or from where others have stopped already, touching only what they reach.

Made for asking thousands of times what some of many stop together: who is out already is marked, and only what falls
besides is looked at. Groups that somebody alters are kept beside the rows, as versions: each can be switched on and
off, and sources are looked for in several graphs at once (SEMANTICS 4 and 5). The rules are those of SEMANTICS 2.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT, is_feeding

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]


class Rows(NamedTuple):
    """Of a topology (`graph.csr`)."""

    beg: I32
    end: I32
    to: I32
    code: I32
    rbeg: I32
    rend: I32
    rto: I32
    rcode: I32
    spare: I32
    feeds: Bool
    circle: I32
    circle_start: I32
    circle_member: I32


class Versions(NamedTuple):
    """Groups of dependents whose rows do not count: what each was, is and will be.

    `role`, by place: 1 for such a dependent, and 2 for a member. `owned`, `held`: versions by owner and by member,
    those of place p between `…_start[p]` and `…_start[p + 1]`.
    """

    role: U8
    owner: I32
    start: I32
    member: I32
    spare: I32
    feeds: Bool
    owned_start: I32
    owned: I32
    held_start: I32
    held: I32


class Marks(NamedTuple):
    """Scratch, never cleared: what stands in it holds for one stamp. `mark`: stamp, about to fall; stamp + 1, fell.

    By group, versions behind those of the topology: whether it was `seen`, and how many members it has `lost`.
    """

    mark: I32
    seen: I32
    lost: I32
    queue: I32
    founded: I32
    soiled: I32
    circles: I32
    turns: I32


class Fallen(NamedTuple):
    """Who fell, by place, and what that means to those who stand: (group, member) by `group` and `member`.

    Behind the groups of the topology come the versions, on or not, and the circles of feeding (member -1). `slot`: a
    number of its own for each pair, -1 for circles.
    """

    places: I32
    group: I32
    member: I32
    slot: I32


@njit(cache=True, nogil=True)
def note(places: I32, mark: I32, stamp: int) -> None:
    """Note places as out already, everything that falls with them included."""
    for v in places:
        mark[v] = stamp + 1


@njit(cache=True, nogil=True)
def fall(
    rows: Rows, versions: Versions, on: U8, sources: U8, unfounded: Bool, marks: Marks, stamp: int, forced: I32,
    suspects: I32, circles: I32, noted: bool,
) -> Fallen:  # fmt: skip
    """Let `forced` fall, and what falls with them and with all that is noted (`noted`: whether anything is).

    `suspects`: places, and `circles`: circles of feeding, that what is noted together may put out. `on`: by version,
    whether it has to be met. `sources`, `unfounded`: a row for each graph in which a source is needed, of the versions
    in it and of the places that have none from the start.
    """
    tail, head, dirty, count = 0, 0, 0, 0
    lost = np.empty((64, LOSS), np.int32)
    for v in forced:
        tail = _push(v, marks, stamp, tail)
    for v in suspects:
        if marks.mark[v] < stamp and _is_broken(v, rows, versions, on, marks.mark, stamp):
            tail = _push(v, marks, stamp, tail)
    for b in circles:
        dirty = _soil(b, marks, stamp, dirty)
    while True:
        while head < tail:
            v = marks.queue[head]
            head += 1
            marks.mark[v] = stamp + 1
            if len(rows.circle):
                dirty = _soil_around(v, rows, versions, marks, stamp, dirty)
            room = count + rows.rend[v] - rows.rbeg[v] + len(versions.owner)
            if room > len(lost):
                lost = _longer(lost, 2 * room)
            tail, count = _by_rows(v, rows, versions, marks, stamp, noted, tail, lost, count)
            if versions.role[v] & 2:
                tail, count = _by_versions(v, rows, versions, on, marks, stamp, tail, lost, count)
        many, dirty = dirty, 0
        for i in range(many):
            marks.soiled[marks.circles[i]] = 0
        for i in range(many):
            for h in range(len(sources)):
                tail = _starve(marks.circles[i], rows, versions, sources[h], unfounded[h], marks, stamp, tail)
        if head == tail:
            return _fallen_of(tail, rows, versions, marks, stamp, lost[:count])


OWNER, GROUP, MEMBER, SLOT, LOSS = range(5)  # of a loss: whose it is, of which group, who is lost


@njit(cache=True, nogil=True)
def _push(v: int, marks: Marks, stamp: int, tail: int) -> int:
    if marks.mark[v] < stamp:
        marks.mark[v] = stamp
        marks.queue[tail] = v
        tail += 1
    return tail


@njit(cache=True, nogil=True)
def _by_rows(
    v: int, rows: Rows, versions: Versions, marks: Marks, stamp: int, noted: bool, tail: int, lost: I32, count: int
) -> tuple[int, int]:  # fmt: skip
    for k in range(rows.rbeg[v], rows.rend[v]):
        d, c = rows.rto[k], rows.rcode[k]
        if c == SOFT or marks.mark[d] >= stamp or versions.role[d] & 1:
            continue
        if c >= 0:
            if marks.seen[c] == stamp:
                marks.lost[c] += 1
            else:
                # what fell before is counted once, what falls later when it does
                marks.seen[c] = stamp
                marks.lost[c] = 1
                if noted:
                    marks.lost[c] = _fallen_in_row(d, c, rows, marks.mark, stamp)
            if marks.lost[c] <= rows.spare[c]:
                lost[count, OWNER], lost[count, GROUP], lost[count, MEMBER], lost[count, SLOT] = d, c, v, k
                count += 1
                continue
        tail = _push(d, marks, stamp, tail)
    return tail, count


@njit(cache=True, nogil=True)
def _fallen_in_row(d: int, c: int, rows: Rows, mark: I32, stamp: int) -> int:
    found = 0
    for e in range(rows.beg[d], rows.end[d]):
        found += rows.code[e] == c and mark[rows.to[e]] == stamp + 1
    return found


@njit(cache=True, nogil=True)
def _by_versions(
    v: int, rows: Rows, versions: Versions, on: U8, marks: Marks, stamp: int, tail: int, lost: I32, count: int
) -> tuple[int, int]:  # fmt: skip
    for k in range(versions.held_start[v], versions.held_start[v + 1]):
        each = versions.held[k]
        owner, c = versions.owner[each], len(rows.spare) + each
        if marks.mark[owner] >= stamp:
            continue
        if on[each]:
            if marks.seen[c] == stamp:
                marks.lost[c] += 1
            else:
                marks.seen[c] = stamp
                marks.lost[c] = _fallen(each, versions, marks.mark, stamp)
            if marks.lost[c] > versions.spare[each]:
                tail = _push(owner, marks, stamp, tail)
                continue
        lost[count, OWNER], lost[count, GROUP], lost[count, MEMBER] = owner, c, v
        lost[count, SLOT] = len(rows.rto) + k
        count += 1
    return tail, count


@njit(cache=True, nogil=True)
def _fallen(each: int, versions: Versions, mark: I32, stamp: int) -> int:
    count = 0
    for i in range(versions.start[each], versions.start[each + 1]):
        count += mark[versions.member[i]] == stamp + 1
    return count


@njit(cache=True, nogil=True)
def _is_broken(v: int, rows: Rows, versions: Versions, on: U8, mark: I32, stamp: int) -> bool:
    if versions.role[v] & 1:
        for k in range(versions.owned_start[v], versions.owned_start[v + 1]):
            each = versions.owned[k]
            if on[each] and _fallen(each, versions, mark, stamp) > versions.spare[each]:
                return True
        return False
    run, lost = SOFT, 0
    for k in range(rows.beg[v], rows.end[v]):
        c = rows.code[k]
        if c == SOFT or mark[rows.to[k]] != stamp + 1:
            continue
        lost = lost + 1 if c == run and c >= 0 else 1
        run = c
        if c < 0 or lost > rows.spare[c]:
            return True
    return False


@njit(cache=True, nogil=True)
def _soil(b: int, marks: Marks, stamp: int, count: int) -> int:
    if b >= 0 and marks.soiled[b] != stamp:
        marks.soiled[b] = stamp
        marks.circles[count] = b
        count += 1
    return count


@njit(cache=True, nogil=True)
def _soil_around(v: int, rows: Rows, versions: Versions, marks: Marks, stamp: int, count: int) -> int:
    # circles of feeding that a place is in or feeds, each once
    count = _soil(rows.circle[v], marks, stamp, count)
    for k in range(rows.rbeg[v], rows.rend[v]):
        if is_feeding(rows.rcode[k], rows.feeds) and not versions.role[rows.rto[k]] & 1:
            count = _soil(rows.circle[rows.rto[k]], marks, stamp, count)
    for k in range(versions.held_start[v], versions.held_start[v + 1]):
        if versions.feeds[versions.held[k]]:
            count = _soil(rows.circle[versions.owner[versions.held[k]]], marks, stamp, count)
    return count


@njit(cache=True, nogil=True)
def _starve(
    b: int, rows: Rows, versions: Versions, source: U8, unfounded: Bool, marks: Marks, stamp: int, tail: int
) -> int:  # fmt: skip
    # who of a circle has a source is built upwards; the others fall
    low, high = rows.circle_start[b], rows.circle_start[b + 1]
    marks.turns[0] += 1
    turn, queue = marks.turns[0], np.empty(high - low, np.int32)
    first, last = 0, 0
    for i in range(low, high):
        v = rows.circle_member[i]
        last = _found(v, b, rows, versions, source, unfounded, marks, stamp, turn, queue, last)
    while first < last:
        v = queue[first]
        first += 1
        for k in range(rows.rbeg[v], rows.rend[v]):
            if is_feeding(rows.rcode[k], rows.feeds) and not versions.role[rows.rto[k]] & 1:
                last = _found(rows.rto[k], b, rows, versions, source, unfounded, marks, stamp, turn, queue, last)
        for k in range(versions.held_start[v], versions.held_start[v + 1]):
            each = versions.held[k]
            if source[each] and versions.feeds[each]:
                owner = versions.owner[each]
                last = _found(owner, b, rows, versions, source, unfounded, marks, stamp, turn, queue, last)
    for i in range(low, high):
        v = rows.circle_member[i]
        if not unfounded[v] and marks.founded[v] != turn:
            tail = _push(v, marks, stamp, tail)
    return tail


@njit(cache=True, nogil=True)
def _found(
    v: int, b: int, rows: Rows, versions: Versions, source: U8, unfounded: Bool, marks: Marks, stamp: int, turn: int,
    queue: I32, last: int,
) -> int:  # fmt: skip
    if rows.circle[v] != b or marks.mark[v] >= stamp or unfounded[v] or marks.founded[v] == turn:
        return last
    if _is_founded(v, b, rows, versions, source, unfounded, marks, stamp, turn):
        marks.founded[v] = turn
        queue[last] = v
        last += 1
    return last


@njit(cache=True, nogil=True)
def _is_founded(
    v: int, b: int, rows: Rows, versions: Versions, source: U8, unfounded: Bool, marks: Marks, stamp: int, turn: int
) -> bool:  # fmt: skip
    # whether each group that feeds it has the needed members with a source
    if versions.role[v] & 1:
        for k in range(versions.owned_start[v], versions.owned_start[v + 1]):
            each, without = versions.owned[k], 0
            if not source[each] or not versions.feeds[each]:
                continue
            for i in range(versions.start[each], versions.start[each + 1]):
                without += not _gives(versions.member[i], b, rows.circle, unfounded, marks, stamp, turn)
            if without > versions.spare[each]:
                return False
        return True
    run, without = SOFT, 0
    for k in range(rows.beg[v], rows.end[v]):
        c = rows.code[k]
        if not is_feeding(c, rows.feeds) or _gives(rows.to[k], b, rows.circle, unfounded, marks, stamp, turn):
            continue
        without = without + 1 if c == run and c >= 0 else 1
        run = c
        if c < 0 or without > rows.spare[c]:
            return False
    return True


@njit(cache=True, nogil=True)
def _gives(p: int, b: int, circle: I32, unfounded: Bool, marks: Marks, stamp: int, turn: int) -> bool:
    return bool(marks.mark[p] < stamp and (circle[p] != b or unfounded[p] or marks.founded[p] == turn))


@njit(cache=True, nogil=True)
def _fallen_of(tail: int, rows: Rows, versions: Versions, marks: Marks, stamp: int, lost: I32) -> Fallen:
    # losses of those who fell in the end are none
    kept, dirty = 0, 0
    for i in range(len(lost)):
        if marks.mark[lost[i, OWNER]] < stamp:
            lost[kept] = lost[i]
            kept += 1
    if len(rows.circle):
        for i in range(tail):
            dirty = _soil_around(marks.queue[i], rows, versions, marks, stamp, dirty)
    found = np.empty((3, kept + dirty), np.int32)
    for i in range(kept):
        found[0, i], found[1, i], found[2, i] = lost[i, GROUP], lost[i, MEMBER], lost[i, SLOT]
    for i in range(dirty):
        b = marks.circles[i]
        marks.soiled[b] = 0
        found[0, kept + i], found[1, kept + i], found[2, kept + i] = len(rows.spare) + len(versions.owner) + b, -1, -1
    return Fallen(marks.queue[:tail].copy(), found[0], found[1], found[2])


@njit(cache=True, nogil=True)
def _longer(array: I32, size: int) -> I32:
    grown = np.empty((size, array.shape[1]), np.int32)
    grown[: len(array)] = array
    return grown


@njit(cache=True, nogil=True)
def tally(group: I32, slot: I32, by: int, held: I32, distinct: I32) -> None:
    """Count pairs of a set that comes (`by` 1) or goes (-1): how many sets `held` each, how many `distinct` a group.

    Of a circle each set counts.
    """
    for i in range(len(group)):
        if slot[i] < 0:
            distinct[group[i]] += by
            continue
        before = held[slot[i]]
        held[slot[i]] = before + by
        if (before > 0) != (before + by > 0):
            distinct[group[i]] += by
