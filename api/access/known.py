"""Whose token or session this is: read anew for each request, so that what is taken away is gone at once."""

import contextlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from api.access.tokens import SESSION, TOKEN, code_of, new_secret, parts_of, pepper_of
from api.moments import utc_text
from api.who import Principal
from graph.errors import NotAllowedError, StorageError
from graph.settings import Settings
from graph.store import Store
from graph.store.principals import Credential, any_principal, session_credential, token_credential
from graph.store.runs import Rows

SESSION_LIFETIME = timedelta(hours=12)  # a working day
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
        return any_principal(self.store)

    def by_token(self, text: str) -> Principal:
        """Whose token this is; LoginRefusedError."""
        found = self._checked(text, TOKEN, token_credential)
        self._note_use(found.id)
        return self._asking(found, None)

    def by_session(self, text: str, administrator: Principal | None) -> Principal:
        """Whose session this is; `administrator`: whoever has the token from a file, `credential` its code."""
        found = self._checked(text, SESSION, session_credential)
        return self._asking(found, administrator)

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
        self.store.note("session_end", id=self._checked(text, SESSION, session_credential).id)

    def _checked(self, text: str, kind: str, read: Callable[[Rows, str], Credential | None]) -> Credential:
        parts = parts_of(text, kind)
        if parts is None:
            raise LoginRefusedError("malformed")
        name, secret = parts
        found = read(self.store, name)
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

    def _note_use(self, token: str) -> None:
        now = self.store.clock()
        with self._lock:
            last = self._used.get(token)
            if last is not None and now - last < USED_EVERY:
                return
            self._used[token] = now
        # that it cannot be noted keeps nobody out
        with contextlib.suppress(StorageError):
            self.store.note("token_used", id=token, at=utc_text(now))
