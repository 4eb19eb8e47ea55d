"""Pages of CIs as they were at a revision, also where others write meanwhile."""

from functools import partial

from graph.history import CI, undo
from graph.store.reader import Reader
from graph.store.store import Store


def cis_at(store: Store, after: str, limit: int, revision: int) -> tuple[list[str], bool, int]:
    """Ids of CIs that were there at a revision, in order after an id; whether more come; and how many there were.

    What came or went since is undone; a page is shorter where CIs on it came later.
    """
    changed_until, gone, come = revision, set[str](), set[str]()
    while True:
        keys, total, now = store.alone(partial(_page, after=after, limit=limit + 1))
        more, shown = len(keys) > limit, keys[:limit]
        if now == revision:
            return shown, more, total
        if now != changed_until:  # of thousands of pages that are passed over, most are read at the same revision
            changed_until, (gone, come) = now, _since(store, revision, now)
        last = shown[-1:]  # what is behind it is of the next page
        between = {key for key in gone if after < key and (not more or [key] <= last)}
        found = sorted(({*shown} | between) - come)
        if found or not (more and shown):
            return found[:limit], more or len(found) > limit, total + len(gone) - len(come)
        after = shown[-1]


def _page(reader: Reader, after: str, limit: int) -> tuple[list[str], int, int]:
    keys = [row["key"] for row in reader.rows("ci_page", after=after, limit=limit)]
    return keys, int(reader.rows("ci_count")[0]["found"]), reader.revision


def _since(store: Store, revision: int, now: int) -> tuple[set[str], set[str]]:
    # CIs that were there at the one revision and not at the other, and the other way round
    commits = list(store.commits_backwards(after=revision, before=now + 1))
    there: dict[str, bool] = {}
    for commit in commits:
        for each in reversed(list(commit.revisions())):
            if each.kind == CI:
                there.setdefault(each.key, each.after is not None)
    past = {key: was is not None for (kind, key), was in undo(commits, revision).items() if kind == CI}
    return {k for k, was in past.items() if was and not there[k]}, {
        k for k, was in past.items() if not was and there[k]
    }
