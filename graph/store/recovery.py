"""What is recorded of recovery beside the CIs' own times: what may be failed over to, and who comes before whom."""

from collections.abc import Iterable

from graph.records.recoveries import FAILOVER, order_of
from graph.store.store import Store
from graph.store.tables import related, table


def failovers_of(store: Store, ci_ids: Iterable[str], revision: int) -> dict[str, list[str]]:
    """Of those of some CIs that may fail over, by `ci_id`, to which others, sorted; at a revision."""
    found: dict[str, list[str]] = {}
    for source, _, target in related(store, ci_ids, [FAILOVER], revision=revision):
        found.setdefault(source, []).append(target)
    return found


def recovery_order(store: Store, revision: int) -> list[tuple[str, str]]:
    """Rows (before, after) at a revision."""
    return table(store, "recovery_order", lambda _, state: order_of(state), revision=revision)
