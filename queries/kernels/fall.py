"""Outages alone, spreading from what stops or from where others have stopped already, touching only what they reach.

Made for asking thousands of times what some of many stop together: who is out already is marked, and only what falls
besides is looked at. Groups that somebody alters are kept beside the rows, as versions: each can be switched on and off,
and sources are looked for in several graphs at once (SEMANTICS 4 and 5). The rules are those of SEMANTICS 2.
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
    """Groups of dependents whose rows do not count (`altered`, by place): what each was, is and will be.

    `owned`, `held`: versions by owner and by member, those of place p between `…_start[p]` and `…_start[p + 1]`.
    """

    altered: U8
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
    """Scratch, never cleared: what stands in it holds for one stamp. `mark`: stamp, about to fall; stamp + 1, fell."""

    mark: I32
    seen: I32
    lost: I32
    queue: I32
    founded: I32
    soiled: I32
    circles: I32
    turns: I32


@njit(cache=True, nogil=True)
def note(places: I32, mark: I32, stamp: int) -> None:
    """Note places as out already, everything that falls with them included."""
    for v in places:
        mark[v] = stamp + 1


@njit(cache=True, nogil=True)
def fall(
    rows: Rows, versions: Versions, on: U8, sources: U8, unfounded: Bool, marks: Marks, stamp: int, forced: I32,
    suspects: I32, circles: I32,
) -> int:  # fmt: skip
    """Let `forced` fall, and what falls with them and with all that is noted; how many, they are in `marks.queue`.

    `suspects`: places, and `circles`: circles of feeding, that what is noted together may put out. `on`: by version,
    whether it has to be met. `sources`, `unfounded`: a row for each graph in which a source is needed, of the versions
    in it and of the places that have none from the start.
    """
    tail, head, dirty = 0, 0, 0
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
                dirty = soil_around(v, rows, versions, marks, stamp, dirty)
            tail = _by_rows(v, rows, versions, marks, stamp, tail)
            tail = _by_versions(v, len(rows.spare), versions, on, marks, stamp, tail)
        many, dirty = dirty, 0
        for i in range(many):
            marks.soiled[marks.circles[i]] = 0
        for i in range(many):
            for h in range(len(sources)):
                tail = _starve(marks.circles[i], rows, versions, sources[h], unfounded[h], marks, stamp, tail)
        if head == tail:
            return tail


@njit(cache=True, nogil=True)
def _push(v: int, marks: Marks, stamp: int, tail: int) -> int:
    if marks.mark[v] < stamp:
        marks.mark[v] = stamp
        marks.queue[tail] = v
        tail += 1
    return tail


@njit(cache=True, nogil=True)
def _by_rows(v: int, rows: Rows, versions: Versions, marks: Marks, stamp: int, tail: int) -> int:
    for k in range(rows.rbeg[v], rows.rend[v]):
        d, c = rows.rto[k], rows.rcode[k]
        if c == SOFT or marks.mark[d] >= stamp or versions.altered[d]:
            continue
        if c >= 0:
            if marks.seen[c] == stamp:
                marks.lost[c] += 1
            else:
                # what fell before is counted once, what falls later when it does
                marks.seen[c] = stamp
                marks.lost[c] = 0
                for e in range(rows.beg[d], rows.end[d]):
                    marks.lost[c] += rows.code[e] == c and marks.mark[rows.to[e]] == stamp + 1
            if marks.lost[c] <= rows.spare[c]:
                continue
        tail = _push(d, marks, stamp, tail)
    return tail


@njit(cache=True, nogil=True)
def _by_versions(v: int, base: int, versions: Versions, on: U8, marks: Marks, stamp: int, tail: int) -> int:
    for k in range(versions.held_start[v], versions.held_start[v + 1]):
        each = versions.held[k]
        if not on[each] or marks.mark[versions.owner[each]] >= stamp:
            continue
        c = base + each
        if marks.seen[c] == stamp:
            marks.lost[c] += 1
        else:
            marks.seen[c] = stamp
            marks.lost[c] = _fallen(each, versions, marks.mark, stamp)
        if marks.lost[c] > versions.spare[each]:
            tail = _push(versions.owner[each], marks, stamp, tail)
    return tail


@njit(cache=True, nogil=True)
def _fallen(each: int, versions: Versions, mark: I32, stamp: int) -> int:
    count = 0
    for i in range(versions.start[each], versions.start[each + 1]):
        count += mark[versions.member[i]] == stamp + 1
    return count


@njit(cache=True, nogil=True)
def _is_broken(v: int, rows: Rows, versions: Versions, on: U8, mark: I32, stamp: int) -> bool:
    if versions.altered[v]:
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
def soil_around(v: int, rows: Rows, versions: Versions, marks: Marks, stamp: int, count: int) -> int:
    """Note the circles of feeding that a place is in or feeds, each once; how many are noted."""
    count = _soil(rows.circle[v], marks, stamp, count)
    for k in range(rows.rbeg[v], rows.rend[v]):
        if is_feeding(rows.rcode[k], rows.feeds) and not versions.altered[rows.rto[k]]:
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
        if marks.mark[v] < stamp and not unfounded[v]:
            if _is_founded(v, b, rows, versions, source, unfounded, marks, stamp, turn):
                marks.founded[v] = turn
                queue[last] = v
                last += 1
    while first < last:
        v = queue[first]
        first += 1
        for k in range(rows.rbeg[v], rows.rend[v]):
            if is_feeding(rows.rcode[k], rows.feeds) and not versions.altered[rows.rto[k]]:
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
    if versions.altered[v]:
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
    return marks.mark[p] < stamp and (circle[p] != b or unfounded[p] or marks.founded[p] == turn)


@njit(cache=True, nogil=True)
def weakened(rows: Rows, versions: Versions, marks: Marks, stamp: int, fell: I32) -> tuple[I32, I32]:
    """Groups, by number, that lost a member among those who fell, and which: of dependents that still stand.

    Behind the groups of the topology come the versions, whether they are on or not, and the circles of feeding.
    """
    groups, circles = len(rows.spare), len(rows.spare) + len(versions.owner)
    number, member = np.empty(64, np.int32), np.empty(64, np.int32)
    count, dirty = 0, 0
    for v in fell:
        room = count + rows.rend[v] - rows.rbeg[v] + versions.held_start[v + 1] - versions.held_start[v]
        if room > len(number):
            number, member = _longer(number, 2 * room), _longer(member, 2 * room)
        for k in range(rows.rbeg[v], rows.rend[v]):
            c, d = rows.rcode[k], rows.rto[k]
            if c >= 0 and marks.mark[d] < stamp and not versions.altered[d]:
                number[count], member[count] = c, v
                count += 1
        for k in range(versions.held_start[v], versions.held_start[v + 1]):
            each = versions.held[k]
            if marks.mark[versions.owner[each]] < stamp:
                number[count], member[count] = groups + each, v
                count += 1
        if len(rows.circle):
            dirty = soil_around(v, rows, versions, marks, stamp, dirty)
    number, member = _longer(number[:count], count + dirty), _longer(member[:count], count + dirty)
    for i in range(dirty):
        number[count + i], member[count + i] = circles + marks.circles[i], -1
        marks.soiled[marks.circles[i]] = 0
    return number, member


@njit(cache=True, nogil=True)
def _longer(array: I32, size: int) -> I32:
    grown = np.empty(size, np.int32)
    grown[: len(array)] = array
    return grown
