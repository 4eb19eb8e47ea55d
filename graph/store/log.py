"""The log, read along: commit by commit where few are asked for, in pages where many are.

Commits follow on each other without a gap, so each is found by where the one beside it ends. A range of the log is what
the embedded engine reads the whole of it for, however little lies in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Rows = Callable[..., list[dict[str, Any]]]  # `Reader.rows`, `Store.rows`
STEPS = 8  # commits that are looked for one by one; more are read in pages
AT_ONCE = 200  # commits of a page


def forwards(rows: Rows, after: int, head: Callable[[], int]) -> Iterator[Row]:
    """Commits whose revisions are all after `after`, oldest first, as `commits_after` says. `head`: the last revision.

    Where the log has a gap, what comes after it is found all the same.
    """
    for _ in range(STEPS):
        found = rows("commit_beginning", revision=after + 1)
        if not found:
            if head() == after:
                return
            break
        yield found[0]
        after = found[0]["last"]
    while True:
        page = rows("commits_after", after=after, limit=AT_ONCE)
        yield from page
        if len(page) < AT_ONCE:
            return
        after = page[-1]["last"]


def backwards(rows: Rows, after: int, before: int | None, at_once: int = AT_ONCE) -> Iterator[Row]:
    """Commits that hold revisions after `after` (and begin before `before`), newest first."""
    if before is None:
        below = 2**62
    else:
        below = before
        for _ in range(STEPS):
            found = rows("commit_ending", revision=below - 1)
            if not found:
                break
            if found[0]["last"] <= after:
                return
            yield found[0]
            below = found[0]["first"]
    while True:
        page = rows("commits_before", before=below, after=after, limit=at_once)
        yield from page
        if len(page) < at_once:
            return
        below = page[-1]["first"]


def holding(rows: Rows, revision: int) -> Sequence[Row]:
    """The commit that wrote a revision, none before the first: at once where it is its first or last."""
    for name in ("commit_ending", "commit_beginning"):
        if found := rows(name, revision=revision):
            return found
    return rows("commit_of", revision=revision)
