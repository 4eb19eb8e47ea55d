"""Whose token or session this is: read anew for each request, so that what is taken away is gone at once."""

import contextlib
import hmac
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from api.access.tokens import FEED, SESSION, TOKEN, code_of, new_secret, parts_of, pepper_of
from api.moments import utc_text
from api.who import Principal
from graph.errors import NotAllowedError, StorageError
from graph.settings import Settings
from graph.store import Store
from graph.store.principals import Credential, Found, at_the_door, sessions_shown, tokens_shown

SESSION_LIFETIME = timedelta(hours=12)  # a working day
NOTHING = ""  # the id of what whoever shows nothing shows
USED_EVERY = timedelta(minutes=1)  # how exactly it is kept when a token was used last


class LoginRefusedError(NotAllowedError):
    """What somebody showed is worth nothing; `reason` and the id that it has are for our log, and never for them."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__("server.no_token")
        self.reason, self.name = reason, name


@dataclass
class Access:
    """Who may come in, over an open store. Any number of threads may ask."""

    store: Store
    settings: Settings
    _used: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def pepper(self) -> bytes:
        """What secrets are mixed with; kept outside of the store."""
        return pepper_of(self.settings)

    def any_principal(self) -> bool:
        """Whether there has ever been one: then nobody comes in without a token any more."""
        return not at_the_door(self.store).is_open

    def look(self, shown: Collection[str]) -> dict[str, Found]:
        """What the store has of some ids of tokens, feeds and sessions, and of `NOTHING`, each at a revision."""
        found = {NOTHING: at_the_door(self.store)} if NOTHING in shown else {}
        for kind, read in ((TOKEN, tokens_shown), (FEED, tokens_shown), (SESSION, sessions_shown)):
            if ids := [each for each in shown if each.startswith(kind)]:
                found |= read(self.store, ids)
        return found

    def by_token(self, text: str) -> Principal:
        """Whose token this is; LoginRefusedError."""
        name = id_shown(text, TOKEN)
        found = self.token_of(text, self.look([name])[name])
        self.note_use(name)
        return found

    def by_session(self, text: str, administrator: Principal | None) -> Principal:
        """Whose session this is, as `session_of`."""
        name = id_shown(text, SESSION)
        return self.session_of(text, self.look([name])[name], administrator)

    def token_of(self, text: str, found: Found) -> Principal:
        """Whose token this is, by what a look found of its id; LoginRefusedError."""
        return self._asking(self._checked(text, TOKEN, found), None)

    def session_of(self, text: str, found: Found, administrator: Principal | None) -> Principal:
        """Whose session this is, by what a look found of its id; LoginRefusedError.

        `administrator`: whoever has the token from a file, `credential` its code.
        """
        return self._asking(self._checked(text, SESSION, found), administrator)

    def feed_of(self, parts: tuple[str, str], found: Found) -> Principal | None:
        """Whose address of a calendar this is, by what a look found of its id; `None`: it is worth nothing.

        Whatever is wrong with it, the same is done: how long that takes says nothing.
        """
        kept = found.credential
        right = hmac.compare_digest("" if kept is None else kept.mac, code_of(self.pepper, *parts))
        if kept is None or kept.owner is None or kept.revoked or not right or kept.owner.deleted or kept.owner.disabled:
            return None
        return self._asking(kept, None)

    def begin_session(self, principal: Principal) -> str:
        """Sign in whoever has shown a token; what the cookie is to hold."""
        now = self.store.clock()
        name, secret = new_secret(SESSION)
        self.store.note("sessions_forget", at=utc_text(now))
        self.store.note(
            "session_write",
            id=name,
            mac=code_of(self.pepper, name, secret),
            at=utc_text(now),
            ends_at=utc_text(now + SESSION_LIFETIME),
            token=principal.credential,
            principal=principal.id,
        )
        return f"{name}.{secret}"

    def end_session(self, text: str) -> None:
        """Sign out; LoginRefusedError for what is no session any more."""
        name = id_shown(text, SESSION)
        self.store.note("session_end", id=self._checked(text, SESSION, self.look([name])[name]).id)

    def _checked(self, text: str, kind: str, looked: Found) -> Credential:
        name, secret = _parts(text, kind)
        found = looked.credential
        if found is None or not hmac.compare_digest(found.mac, code_of(self.pepper, name, secret)):
            raise LoginRefusedError("unknown", name)
        if found.revoked:
            raise LoginRefusedError("revoked", name)
        if found.ends_at is not None and found.ends_at <= utc_text(self.store.clock()):
            raise LoginRefusedError("expired", name)
        if found.owner is not None and (found.owner.deleted or found.owner.disabled):
            raise LoginRefusedError("deleted" if found.owner.deleted else "disabled", name)
        return found

    def _asking(self, found: Credential, administrator: Principal | None) -> Principal:
        owner = found.owner
        if owner is not None:
            roles = frozenset(owner.roles)
            return Principal(f"principal:{owner.name}", owner.name, roles, owner.scopes, owner.id, found.token)
        if administrator is None or not hmac.compare_digest(found.token, administrator.credential):
            raise LoginRefusedError("unknown", found.id)
        return administrator

    def is_used_anew(self, token: str) -> bool:
        """Whether it is to be noted that a token is used now."""
        last = self._used.get(token)
        return last is None or self.store.clock() - last >= USED_EVERY

    def note_use(self, token: str) -> None:
        """Note that a token is used now, where that was not noted just before."""
        with self._lock:
            if not self.is_used_anew(token):
                return
            now = self._used[token] = self.store.clock()
        # that it cannot be noted keeps nobody out
        with contextlib.suppress(StorageError):
            self.store.note("token_used", id=token, at=utc_text(now))


def id_shown(text: str, kind: str) -> str:
    """The id of what somebody shows; LoginRefusedError for what was never one of that kind."""
    return _parts(text, kind)[0]


def _parts(text: str, kind: str) -> tuple[str, str]:
    parts = parts_of(text, kind)
    if parts is None:
        raise LoginRefusedError("malformed")
    return parts
