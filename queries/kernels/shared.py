"""What several members of a group rest on, each by a chain of its own or by the same one."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def shared_below(
    groups: I32, most: int, cone: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, spare: I32
) -> tuple[I32, Bool, bool]:  # fmt: skip
    """(group, position in `cone`) of everything that more members of a group rest on than it can lose; which members.

    `groups`: first edge, the one after the last, owner's place. Members themselves and the owner are no such thing.
    Of more than `most` altogether some are left out, and the last of what is returned is false; each group has a share.
    """
    n, widest = len(cone), 0
    for g in range(len(groups)):
        widest = max(widest, groups[g, 1] - groups[g, 0])
    pairs, rests = np.empty((64, 2), np.int32), np.zeros((64, widest), np.bool_)
    seen, member, count = np.full(n, -1, np.int32), np.full(n, -1, np.int32), np.zeros(n, np.int32)
    queue, touched = np.empty(n, np.int32), np.empty(n, np.int32)
    stamp, total, complete = 0, 0, True
    share = max(1, most // max(1, len(groups)))
    for g in range(len(groups)):
        low, high, owner = groups[g, 0], groups[g, 1], local[groups[g, 2]]
        many = 0
        for k in range(low, high):
            member[local[to[k]]] = g
            tail = _under(local[to[k]], stamp, cone, local, beg, end, to, code, seen, queue)
            stamp += 1
            for i in queue[:tail]:
                if not count[i]:
                    touched[many] = i
                    many += 1
                count[i] += 1
        begin = total
        allowed = begin + max(share, most - begin - share * (len(groups) - 1 - g))
        for i in touched[:many]:
            if count[i] > spare[code[low]] and member[i] != g and i != owner:
                if total < allowed:
                    if total == len(pairs):
                        pairs, rests = np.concatenate((pairs, pairs)), np.concatenate((rests, np.zeros_like(rests)))
                    pairs[total, 0], pairs[total, 1] = g, i
                    total += 1
                else:
                    complete = False
            count[i] = 0
        for k in range(low, high if total > begin else low):
            _under(local[to[k]], stamp, cone, local, beg, end, to, code, seen, queue)
            for p in range(begin, total):
                rests[p, k - low] = seen[pairs[p, 1]] == stamp
            stamp += 1
    return pairs[:total], rests[:total], complete


@njit(cache=True, nogil=True)
def _under(
    start: int, stamp: int, cone: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, seen: I32, queue: I32
) -> int:  # fmt: skip
    # mark and queue everything below a member by hard relationships, itself included
    queue[0] = start
    seen[start] = stamp
    head, tail = 0, 1
    while head < tail:
        place = cone[queue[head]]
        head += 1
        for k in range(beg[place], end[place]):
            j = local[to[k]]
            if code[k] != SOFT and seen[j] != stamp:
                seen[j] = stamp
                queue[tail] = j
                tail += 1
    return tail
