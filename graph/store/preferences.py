"""How people wish to be told of changes that they wait for; kept beside the graph, as who may come in is."""

from collections.abc import Iterable

from graph.store.store import Store

PRINCIPAL = "principal:"  # how the log names who came in with a token; others name them without it
AT_ONCE, DAILY, NEVER = "at_once", "daily", "never"
CHOICES = (AT_ONCE, DAILY, NEVER)


def mail_wishes(store: Store, actors: Iterable[str]) -> dict[str, str]:
    """Of some people when they are sent mail: `at_once` where they have not said."""
    wanted = {actor: actor.removeprefix(PRINCIPAL) for actor in actors}
    rows = store.rows("preferences_read", keys=sorted(set(wanted.values())))
    said = {row["key"]: row["mail"] for row in rows}
    return {actor: said.get(name, AT_ONCE) for actor, name in wanted.items()}


def wish_mail(store: Store, actor: str, mail: str) -> None:
    """Somebody says when they wish mail: one of `CHOICES`."""
    store.note("preference_write", key=actor.removeprefix(PRINCIPAL), mail=mail)
