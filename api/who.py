"""Who asks: the actor that stands in the log beside what was written, and what they may (INTERFACES: Who)."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field

LOCAL = "local:"  # how the actor of whoever runs this process begins


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `actor`: as the log says it. `scopes`: by kind the values of which a CI must have one; none: all CIs.

    `id`: of a kept principal; `credential`: the id of the token or session that was shown.
    """

    actor: str
    name: str
    roles: frozenset[str]
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    id: str = ""
    credential: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is whoever runs this process, whom nobody asks for a token."""
        return self.actor.startswith(LOCAL)


def local_actor() -> str:
    """Whoever runs this process, in local mode."""
    return LOCAL + _user()


def local_principal() -> Principal:
    """Whoever runs this process: in local mode they may do all."""
    return Principal(local_actor(), _user(), frozenset({"admin"}))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
