"""The log, read along: commit by commit where few are asked for, in pages where many are.

Commits follow on each other without a gap, so each is found by where the one beside it ends. A range of the log is what
the embedded engine reads the whole of it for, however little lies in it. Whoever doubts the log reads it `in_pages`: by
steps a commit that somebody put in between is passed over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Rows = Callable[..., list[dict[str, Any]]]  # `Reader.rows`, `Store.rows`
STEPS = 8  # commits that are looked for one by one; more are read in pages
AT_ONCE = 200  # commits of a page


def forwards(rows: Rows, after: int, head: Callable[[], int], at_once: int = AT_ONCE) -> Iterator[Row]:
    """Commits whose revisions are all after `after`, oldest first: those that follow on each other, then `in_pages`.

    `head`: the last revision. Where the log has a gap, what comes after it is found all the same.
    """
    for _ in range(STEPS):
        found = _one(rows, "commit_beginning", after + 1)
        if found is None:
            if head() == after:
                return
            break
        yield found
        after = found["last"]
    yield from in_pages(rows, after, at_once)


def in_pages(
    rows: Rows, after: int, at_once: int = AT_ONCE, *, name: str = "commits_after", **parameters: Any
) -> Iterator[Row]:  # fmt: skip
    """Every commit that begins after a revision, oldest first; `name`: another statement that answers so."""
    while True:
        page = rows(name, after=after, limit=at_once, **parameters)
        yield from page
        if len(page) < at_once:
            return
        after = page[-1]["last"]


def backwards(rows: Rows, after: int, before: int | None, at_once: int = AT_ONCE) -> Iterator[Row]:
    """Commits that hold revisions after `after` (and begin before `before`), newest first."""
    below = 2**62 if before is None else before
    for _ in range(0 if before is None else STEPS):
        found = _one(rows, "commit_ending", below - 1)
        if found is None:
            break
        if found["last"] <= after:
            return
        yield found
        below = found["first"]
        if below - 1 <= after:
            return
    while True:
        page = rows("commits_before", before=below, after=after, limit=at_once)
        yield from page
        if len(page) < at_once:
            return
        below = page[-1]["first"]


def holding(rows: Rows, revision: int) -> Sequence[Row]:
    """The commit that wrote a revision, none before the first: at once where it is its first or last."""
    for name in ("commit_ending", "commit_beginning"):
        if (found := _one(rows, name, revision)) is not None:
            return [found]
    return rows("commit_of", revision=revision)


def _one(rows: Rows, name: str, revision: int) -> Row | None:
    # of commits that cannot be, since somebody wrote them by hand, none is taken for the next one
    found = rows(name, revision=revision)
    is_one = len(found) == 1 and found[0]["last"] is not None and found[0]["first"] <= found[0]["last"]
    return found[0] if is_one else None
