"""How people wish to be told of changes that they wait for; kept beside the graph, as who may come in is."""

from collections.abc import Iterable

from graph.store.store import Store

AT_ONCE, DAILY, NEVER = "at_once", "daily", "never"
CHOICES = (AT_ONCE, DAILY, NEVER)


def mail_wishes(store: Store, actors: Iterable[str]) -> dict[str, str]:
    """Of some people when they are sent mail: `at_once` where they have not said."""
    wanted = sorted(set(actors))
    said = {row["key"]: row["mail"] for row in store.rows("preferences_read", keys=wanted)}
    return {actor: said.get(actor, AT_ONCE) for actor in wanted}


def wish_mail(store: Store, actor: str, mail: str) -> None:
    """Somebody says when they wish mail: one of `CHOICES`."""
    store.note("preference_write", key=actor, mail=mail)
