"""From edge arrays to compressed rows: bucket, collapse, order, renumber. All linear but for sorting long rows.

A code tells what an edge is: a group's number (0 and up), or one of the three below.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

HARD, SOFT, FEED = -1, -2, -3  # plain hard, soft, plain hard that feeds
LONG_ROW = 48  # edges; longer rows are sorted by the library, shorter ones by insertion
LOOKS = 2**48 - 1
CYCLES = 2**50  # the look of a cycle

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


@njit(cache=True, nogil=True)
def is_feeding(code: int, feeds: NDArray[np.bool_]) -> bool:
    """Whether an edge of that code feeds: a plain one that does, or one of a group that does."""
    return code == FEED or (code >= 0 and feeds[code])


@njit(cache=True)
def bucket(n: int, source: I32) -> tuple[I64, I32]:
    """Row starts (n + 1) and the edges' numbers in the order of their sources, first given first."""
    start = np.zeros(n + 1, np.int64)
    for s in source:
        start[s + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    at = start[:-1].copy()
    edges = np.empty(len(source), np.int32)
    for e in range(len(source)):
        edges[at[source[e]]] = e
        at[source[e]] += 1
    return start, edges


@njit(cache=True)
def _rank(code: int) -> int:
    # among parallel plain edges hard wins over soft, and feeding over not
    if code == FEED:
        return 0
    return 1 if code == HARD else 2


@njit(cache=True)
def _sort_key(target: int, code: int) -> int:
    # plain edges first, by target and rank; then group by group, so that the members of one lie together
    if code < 0:
        return (np.int64(target) << 2) | _rank(code)
    return (np.int64(code + 1) << 34) | np.int64(target)


@njit(cache=True)
def _sort_row(edges: I32, low: int, high: int, target: I32, code: I32) -> None:
    # edges of one key stay in the order given
    if high - low > LONG_ROW:
        keys = np.empty(high - low, np.int64)
        for k in range(low, high):
            keys[k - low] = _sort_key(target[edges[k]], code[edges[k]])
        ordered = edges[low:high][np.argsort(keys, kind="mergesort")]
        edges[low:high] = ordered
        return
    for k in range(low + 1, high):
        e = edges[k]
        key = _sort_key(target[e], code[e])
        j = k - 1
        while j >= low and _sort_key(target[edges[j]], code[edges[j]]) > key:
            edges[j + 1] = edges[j]
            j -= 1
        edges[j + 1] = e


@njit(cache=True)
def collapse(start: I64, edges: I32, target: I32, code: I32) -> tuple[I32, I32]:
    """Row ends (n + 1 pointers) and the kept edges: one plain edge per pair, one edge per pair and group."""
    n = len(start) - 1
    pointer = np.zeros(n + 1, np.int32)
    kept = np.empty(len(edges), np.int32)
    count = 0
    for i in range(n):
        _sort_row(edges, start[i], start[i + 1], target, code)
        for k in range(start[i], start[i + 1]):
            e = edges[k]
            if k > start[i]:
                f = edges[k - 1]
                same_kind = (code[e] < 0 and code[f] < 0) or code[e] == code[f]
                if target[e] == target[f] and same_kind:
                    # the better of two plain parallel edges came first; the later one is hidden behind it
                    edges[k] = f
                    continue
            kept[count] = e
            count += 1
        pointer[i + 1] = count
    return pointer, kept[:count].copy()


@njit(cache=True)
def components(pointer: I32, target: I32) -> tuple[I32, int]:
    """The strongly connected component of every node, numbered so that providers come first (Tarjan 1972)."""
    n = len(pointer) - 1
    index = np.zeros(n, np.int32)
    low = np.zeros(n, np.int32)
    component = np.full(n, -1, np.int32)
    cursor = pointer[:-1].copy()
    stack = np.empty(n, np.int32)
    path = np.empty(n, np.int32)
    stacked = np.zeros(n, np.bool_)
    depth, height, clock, found = 0, 0, 0, 0
    for root in range(n):
        if index[root]:
            continue
        path[0], depth = root, 1
        clock += 1
        index[root] = low[root] = clock
        stack[height] = root
        height += 1
        stacked[root] = True
        while depth:
            v = path[depth - 1]
            if cursor[v] < pointer[v + 1]:
                w = target[cursor[v]]
                cursor[v] += 1
                if not index[w]:
                    clock += 1
                    index[w] = low[w] = clock
                    stack[height] = w
                    height += 1
                    stacked[w] = True
                    path[depth] = w
                    depth += 1
                elif stacked[w]:
                    low[v] = min(low[v], index[w])
                continue
            depth -= 1
            if depth:
                low[path[depth - 1]] = min(low[path[depth - 1]], low[v])
            if low[v] == index[v]:
                while True:
                    height -= 1
                    w = stack[height]
                    stacked[w] = False
                    component[w] = found
                    if w == v:
                        break
                found += 1
    return component, found


@njit(cache=True)
def order_of(
    component: I32, count: int, pointer: I32, target: I32, code: I32, spare: I32, feeds: NDArray[np.bool_]
) -> tuple[I32, I32, I32]:
    """Nodes by level, look and middle provider: each node's place, and where components begin.

    A component's level is the longest chain of providers below it. So providers come first, and a new relationship to
    a lower level leaves the order true. Rows look alike that have the same pattern (`graph.kernels.strips`). Cycles are
    the last of their level. Rows that look alike lie in the order of where their providers lie, on average: what a pass
    looks up one after the other is then mostly near each other.
    """
    n = len(component)
    members, begin = _rows_of(component, count)
    level = np.zeros(count, np.int32)
    look = np.empty(count, np.int64)
    for c in range(count):
        for i in range(begin[c], begin[c + 1]):
            v = members[i]
            for k in range(pointer[v], pointer[v + 1]):
                below = component[target[k]]
                if below != c:
                    level[c] = max(level[c], level[below] + 1)
        look[c] = CYCLES if begin[c + 1] - begin[c] > 1 else _look(pointer[v], pointer[v + 1], code, spare, feeds)
    by_look = np.argsort(look, kind="mergesort").astype(np.int32)
    by_level, _ = _rows_of(level[by_look], level.max() + 1 if count else 1)
    nodes = np.empty(n, np.int32)
    place = np.empty(n, np.int32)
    fresh = np.zeros(count + 1, np.int32)
    at = 0
    ordered = by_look[by_level]
    i = 0
    while i < count:
        first, like = i, ordered[i]
        while i < count and level[ordered[i]] == level[like] and look[ordered[i]] == look[like]:
            i += 1
        alike = ordered[first:i]
        middle = np.empty(len(alike), np.int64)
        for j in range(len(alike)):
            middle[j] = _middle(members[begin[alike[j]] : begin[alike[j] + 1]], component, pointer, target, place)
        for c in alike[np.argsort(middle, kind="mergesort")]:
            for j in range(begin[c], begin[c + 1]):
                nodes[at] = members[j]
                place[members[j]] = at
                at += 1
            first += 1
            fresh[first] = at
    return nodes, place, fresh


@njit(cache=True)
def _look(low: int, high: int, code: I32, spare: I32, feeds: NDArray[np.bool_]) -> int:
    # a number that rows of one pattern share; that others share it too costs time, no more
    look, before = np.int64(high - low), -1
    for k in range(low, high):
        c = code[k]
        mark = -c if c < 0 else 4 + 4 * np.int64(spare[c]) + 2 * (c == before) + feeds[c]
        look = (look * 1_000_003 + mark) & LOOKS
        before = c
    return look


@njit(cache=True)
def _middle(members: I32, component: I32, pointer: I32, target: I32, place: I32) -> int:
    # where the providers outside of a component lie, on average
    total, count = 0, 0
    for v in members:
        for k in range(pointer[v], pointer[v + 1]):
            if component[target[k]] != component[v]:
                total += place[target[k]]
                count += 1
    return total // max(count, 1)


@njit(cache=True)
def _rows_of(number: I32, count: int) -> tuple[I32, I32]:
    # positions by their number, in order, and where each number begins
    begin = np.zeros(count + 1, np.int32)
    for c in number:
        begin[c + 1] += 1
    for i in range(count):
        begin[i + 1] += begin[i]
    at = begin[:-1].copy()
    positions = np.empty(len(number), np.int32)
    for v in range(len(number)):
        positions[at[number[v]]] = v
        at[number[v]] += 1
    return positions, begin


@njit(cache=True)
def renumber(pointer: I32, kept: I32, target: I32, code: I32, nodes: I32, place: I32) -> tuple[I32, I32, I32, I32]:
    """Rows in the order `nodes`, targets by place: pointer, targets, codes, origins."""
    n = len(nodes)
    fresh = np.zeros(n + 1, np.int32)
    out = np.empty(len(kept), np.int32)
    codes = np.empty(len(kept), np.int32)
    origin = np.empty(len(kept), np.int32)
    at = 0
    for p in range(n):
        v = nodes[p]
        for k in range(pointer[v], pointer[v + 1]):
            e = kept[k]
            out[at], codes[at], origin[at] = place[target[e]], code[e], e
            at += 1
        fresh[p + 1] = at
    return fresh, out, codes, origin


@njit(cache=True)
def reverse(pointer: I32, target: I32, code: I32) -> tuple[I32, I32, I32]:
    """The same edges by target: pointer, sources, codes."""
    n = len(pointer) - 1
    start = np.zeros(n + 1, np.int32)
    for t in target:
        start[t + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    at = start[:-1].copy()
    source = np.empty(len(target), np.int32)
    codes = np.empty(len(target), np.int32)
    for v in range(n):
        for k in range(pointer[v], pointer[v + 1]):
            t = target[k]
            source[at[t]], codes[at[t]] = v, code[k]
            at[t] += 1
    return start, source, codes


@njit(cache=True)
def founded(
    beg: I32, end: I32, code: I32, rbeg: I32, rend: I32, rsrc: I32, rcode: I32, spare: I32, feeds: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Who has a source when nothing is out: enters once each feeding group has the needed members (SEMANTICS 2).

    `spare`: members less needed, per group.
    """
    n = len(beg)
    missing = np.zeros(n, np.int32)  # feeding groups still short of members
    absent = np.zeros(len(spare), np.int32)  # members not in yet
    for v in range(n):
        for k in range(beg[v], end[v]):
            c = code[k]
            if c == FEED:
                missing[v] += 1
            elif c >= 0 and feeds[c]:
                if absent[c] == spare[c]:
                    missing[v] += 1
                absent[c] += 1
    held = np.zeros(n, np.bool_)
    queue = np.empty(n, np.int32)
    head, tail = 0, 0
    for v in range(n):
        if not missing[v]:
            held[v] = True
            queue[tail] = v
            tail += 1
    while head < tail:
        v = queue[head]
        head += 1
        for k in range(rbeg[v], rend[v]):
            d, c = rsrc[k], rcode[k]
            if c == FEED:
                missing[d] -= 1
            elif c >= 0 and feeds[c]:
                absent[c] -= 1
                if absent[c] != spare[c]:
                    continue
                missing[d] -= 1
            else:
                continue
            if not missing[d] and not held[d]:
                held[d] = True
                queue[tail] = d
                tail += 1
    return held


@njit(cache=True)
def feeding_rows(beg: I32, end: I32, to: I32, code: I32, feeds: NDArray[np.bool_]) -> tuple[I32, I32]:
    """The rows of feeding edges alone: pointer, targets."""
    n = len(beg)
    fresh = np.zeros(n + 1, np.int32)
    kept = np.empty(len(to), np.int32)
    at = 0
    for v in range(n):
        for k in range(beg[v], end[v]):
            if is_feeding(code[k], feeds):
                kept[at] = to[k]
                at += 1
        fresh[v + 1] = at
    return fresh, kept[:at].copy()


@njit(cache=True)
def feeding_cycles(component: I32, count: int) -> tuple[I32, I32, I32]:
    """Circles of feeding: per node the circle it is in (-1: none), and the circles' members as rows."""
    size = np.zeros(count, np.int32)
    for c in component:
        size[c] += 1
    number = np.full(count, -1, np.int32)
    circles = 0
    for c in range(count):
        if size[c] > 1:
            number[c] = circles
            circles += 1
    pointer = np.zeros(circles + 1, np.int32)
    block = np.full(len(component), -1, np.int32)
    for v in range(len(component)):
        block[v] = number[component[v]]
        if block[v] >= 0:
            pointer[block[v] + 1] += 1
    for i in range(circles):
        pointer[i + 1] += pointer[i]
    at = pointer[:-1].copy()
    members = np.empty(pointer[circles], np.int32)
    for v in range(len(component)):
        if block[v] >= 0:
            members[at[block[v]]] = v
            at[block[v]] += 1
    return block, pointer, members
