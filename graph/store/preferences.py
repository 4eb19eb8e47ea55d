"""How people wish to be told of changes that they wait for; kept beside the graph, as who may come in is."""

from collections.abc import Iterable
from dataclasses import dataclass

from graph.store.runs import Rows
from graph.store.store import Store

PRINCIPAL = "principal:"  # how the log names who came in with a token; others name them without it
AT_ONCE, DAILY, NEVER = "at_once", "daily", "never"
CHOICES = (AT_ONCE, DAILY, NEVER)


@dataclass(frozen=True, slots=True)
class Wish:
    """When somebody is sent mail, one of `CHOICES`, and in which language; `None`: in the server's."""

    mail: str = AT_ONCE
    language: str | None = None


def wishes(store: Rows, actors: Iterable[str]) -> dict[str, Wish]:
    """Of some people how they wish to be told: at once where they have not said."""
    wanted = {actor: actor.removeprefix(PRINCIPAL) for actor in actors}
    rows = store.rows("preferences_read", keys=sorted(set(wanted.values())))
    said = {row["key"]: Wish(row["mail"], row["language"]) for row in rows}
    return {actor: said.get(name, Wish()) for actor, name in wanted.items()}


def wish_mail(store: Store, actor: str, mail: str, language: str | None = None) -> None:
    """Somebody says when they wish mail: one of `CHOICES`, and in which language; `None`: as before."""
    store.note("preference_write", key=actor.removeprefix(PRINCIPAL), mail=mail, language=language)
