"""Pages of CIs as they were at a revision, also where others write meanwhile."""

from graph.history import CI, undo
from graph.store.reader import Reader
from graph.store.store import Store


def cis_at(store: Store, after: str, limit: int, revision: int) -> tuple[list[str], bool, int]:
    """Ids of CIs that were there at a revision, in order after an id; whether more come; and how many there were.

    What came or went since is undone; a page is shorter where CIs on it came later.
    """

    def page(reader: Reader) -> tuple[list[str], int, int]:
        rows = reader.rows("ci_page", after=after, limit=limit + 1)
        return [row["key"] for row in rows], int(reader.rows("ci_count")[0]["found"]), reader.revision

    keys, total, now = store.alone(page)
    more, shown = len(keys) > limit, keys[:limit]
    if now == revision:
        return shown, more, total
    since = undo(store.commits_backwards(after=revision), revision)
    past = {key: was for (kind, key), was in since.items() if kind == CI}
    there = store.kept(CI, past)
    gone = {key for key, was in past.items() if was is not None and key not in there}
    come = {key for key, was in past.items() if was is None and key in there}
    last = shown[-1:]  # what is behind it is of the next page
    between = {key for key in gone if after < key and (not more or [key] <= last)}
    found = sorted(({*shown} | between) - come)
    if more and shown and not found:
        return cis_at(store, shown[-1], limit, revision)
    return found, more, total + len(gone) - len(come)
