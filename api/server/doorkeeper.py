"""Who asks: local mode, tokens and sessions (INTERFACES: Who), each request looked up anew."""

import hmac
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter, move_on_after
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import RedirectResponse, Response

from api.access.changes import signed_in
from api.access.feeds import FEEDS
from api.access.known import NOTHING, Access, LoginRefusedError, id_shown
from api.access.oidc import CALLBACK, Begun, Oidc
from api.access.tokens import FEED, TOKEN, code_of, parts_of
from api.access.tokens import SESSION as SESSION_ID
from api.server.attempts import Attempts
from api.server.notes import note
from api.server.requests import AGAIN, refusal
from api.together import Together
from api.who import Principal, local_principal
from graph.deadline import TooSlowError
from graph.errors import BadInputError, StorageError
from graph.store.principals import Found

PROBES = ("/livez", "/readyz")
OPEN = "/static/"  # what pages are made of: the same for everybody, and nothing of the register
SIGN_IN, ELSEWHERE, SESSION, GRAPHQL = "/sign-in", "/sign-in/oidc", "/session", "/graphql"
COOKIE, PROOF = "faultline_session", "x-faultline"
LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
NOBODY = Principal("nobody", "", frozenset())
ADMINISTRATOR = Principal("token:admin", "admin", frozenset({"admin"}))
"""Whoever has the token of FAULTLINE_ADMIN_TOKEN_FILE."""
LONGEST_FORM = 4_000  # bytes that are read of whoever is not known yet; a token has 63
PATIENCE = 10.0  # seconds that somebody at the door waits for the store
ELSEWHERE_PATIENCE = 20.0  # seconds that a provider is waited for, which is asked three times
AWAY = {"Retry-After": str(AGAIN)}
AT_ONCE = 8  # lookups that wait for the store, so that one that hangs takes no thread from questions
logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Guard:
    """What a server was started with: the administrator's token from a file, and whether there was a principal.

    `free`: paths that need no token, beside the probes.
    """

    token: str | None
    principals: bool = False
    free: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether it began in local mode."""
        return self.token is None and not self.principals


class Doorkeeper:
    """Knows whoever comes; `who` answers with a principal or with a refusal."""

    def __init__(self, access: Access, guard: Guard) -> None:
        self.access, self._guard = access, guard
        self._attempts = Attempts()
        self._lookups = CapacityLimiter(AT_ONCE)
        self._looks = Together(access.look, self._lookups)
        # where people sign in elsewhere, nobody comes in without
        self._guarded = not guard.local or access.settings.oidc_issuer is not None
        self._provider = None if access.settings.oidc_issuer is None else Oidc(access.settings, lambda: access.pepper)

    async def who(self, asked: HTTPConnection) -> Principal | Response:
        """Who asks; nothing of the body is read for it."""
        path = asked.scope["path"]
        if not self._guarded and path not in PROBES:
            found = await self._in_time(self._look(NOTHING))
            if isinstance(found, Response):
                return found
            self._guarded |= not found.is_open  # there is no way back: principals are marked, never removed
        if not self._guarded:
            return _foreign(asked.headers) or local_principal()
        if path in (*PROBES, *self._guard.free, SIGN_IN, ELSEWHERE, CALLBACK) or path.startswith((OPEN, FEEDS)):
            return NOBODY
        return await self._known(asked)

    def may_say_later(self, asked: HTTPConnection) -> bool:
        """Whether a WebSocket that shows nothing may say who it is by its first message."""
        return self._guarded and "authorization" not in asked.headers and cookie_of(asked) is None

    async def _known(self, asked: HTTPConnection) -> Principal | Response:
        shown = asked.headers.getlist("authorization")
        if shown:
            scheme, _, text = shown[0].partition(" ")
            if len(shown) > 1 or scheme.lower() != "bearer" or not text.strip():
                return unknown()
            return await self.by_token(text.strip(), address_of(asked))
        if asked.scope["path"] == SESSION and asked.scope.get("method") == "POST":
            return _short_form(asked.headers) or NOBODY  # the token is in the form
        # the IDE's page holds nothing, and without a query nothing is executed
        return NOBODY if _asks_for_ide(asked) else await self._by_session(asked)

    async def _by_session(self, asked: HTTPConnection) -> Principal | Response:
        session = cookie_of(asked)
        if session is None or not _honoured(asked):
            return _sign_in(asked)

        async def known() -> Principal:
            found = await self._look(id_shown(session, SESSION_ID))
            return self.access.session_of(session, found, self.administrator)

        try:
            return await self._in_time(known())
        except LoginRefusedError:
            return _sign_in(asked)

    async def by_token(self, text: str, address: str) -> Principal | Response:
        """Whose token this is; the refusal of one that is worth nothing, or of whoever tries too often."""
        if self._guard.token is not None and hmac.compare_digest(text.encode(), self._guard.token.encode()):
            return ADMINISTRATOR
        parts = parts_of(text, TOKEN)
        name = "" if parts is None else parts[0]
        wait = self._attempts.wait(address, name)
        if wait is not None:
            return _too_many(wait)

        async def known() -> Principal:
            token = id_shown(text, TOKEN)
            found = self.access.token_of(text, await self._look(token))
            if self.access.is_used_anew(token):
                await run_sync(self.access.note_use, token, abandon_on_cancel=True, limiter=self._lookups)
            return found

        try:
            return await self._in_time(known())
        except LoginRefusedError as refused:
            self._attempts.failed(address, name)
            logger.warning("log-in refused: token %s is %s, from %s", refused.name or "-", refused.reason, address)
            return unknown()

    async def by_feed(self, text: str, address: str) -> Principal | Response | None:
        """Whose address of a calendar this is; `None` for one that is worth nothing, a refusal where nobody can say.

        One that never was any is looked up too, so that all take as long.
        """
        parts = parts_of(text, FEED) or (FEED, "")
        wait = self._attempts.wait(address, parts[0])
        if wait is not None:
            return _too_many(wait)

        async def known() -> Principal | None:
            found = self.access.feed_of(parts, await self._look(parts[0]))
            if found is not None and self.access.is_used_anew(parts[0]):
                await run_sync(self.access.note_use, parts[0], abandon_on_cancel=True, limiter=self._lookups)
            return found

        found = await self._in_time(known())
        if found is None:
            self._attempts.failed(address, parts[0])
            logger.warning("calendar refused: %s is worth nothing, from %s", parts[0], address)
        return found

    async def begin_session(self, principal: Principal) -> str | Response | None:
        """What the cookie of whoever has shown a token holds; `None` in local mode, where nobody needs one."""

        def begin() -> str | None:
            known = principal if principal.id else self.administrator
            return None if known is None else self.access.begin_session(known)

        return await self._looked_up(begin)

    @property
    def has_provider(self) -> bool:
        """Whether people may sign in elsewhere, too."""
        return self._provider is not None

    async def begin_elsewhere(self, following: str) -> Begun | Response | None:
        """Send somebody to the provider; `None` where there is none."""
        provider = self._provider
        if provider is None:
            return None
        try:
            return await self._looked_up(lambda: provider.begin(following), ELSEWHERE_PATIENCE)
        except LoginRefusedError as refused:
            logger.warning("log-in refused: the provider says nothing of use: %s", refused.reason)
            return refusal(503, "server.provider_silent", AWAY)

    async def finish_elsewhere(self, kept: str, given: Mapping[str, str], address: str) -> tuple[str, str] | Response:
        """The session of whoever comes back from the provider, and where they go on to."""
        provider, wait = self._provider, self._attempts.wait(address, "")
        if provider is None or wait is not None:
            return unknown() if wait is None else _too_many(wait)

        def finish() -> tuple[str, str]:
            who, following = provider.finish(kept, given)
            asking = signed_in(self.access, str(self.access.settings.oidc_issuer), who)
            return self.access.begin_session(asking), following

        try:
            return await self._looked_up(finish, ELSEWHERE_PATIENCE)
        except (LoginRefusedError, BadInputError) as refused:
            self._attempts.failed(address, "")
            reason = refused.reason if isinstance(refused, LoginRefusedError) else refused.message.key
            logger.warning("log-in refused: from the provider: %s, from %s", reason, address)
            return unknown()

    async def end_session(self, session: str) -> Response | None:
        """Sign out; the refusal where the store is away."""
        try:
            return await self._looked_up(lambda: self.access.end_session(session))
        except LoginRefusedError:
            return None  # somebody else was faster

    @property
    def administrator(self) -> Principal | None:
        """Whoever has the token from the file, as sessions know them."""
        if self._guard.token is None:
            return None
        return replace(ADMINISTRATOR, credential=code_of(self.access.pepper, "file", self._guard.token))

    async def _look(self, shown: str) -> Found:
        at = time.monotonic()
        found = (await self._looks.ask([shown]))[shown]
        note().seen = found.revision, at
        return found

    async def _looked_up(self, work: Callable[[], Result], patience: float | None = None) -> Result | Response:
        return await self._in_time(run_sync(work, abandon_on_cancel=True, limiter=self._lookups), patience)

    @staticmethod
    async def _in_time(work: Awaitable[Result], patience: float | None = None) -> Result | Response:
        with move_on_after(PATIENCE if patience is None else patience):
            try:
                return await work
            except (LoginRefusedError, BadInputError):
                raise
            except (StorageError, TooSlowError) as error:
                return refusal(503, error.message.key, AWAY)
            except Exception:  # whatever it is: nobody can be known now
                logger.exception("the store cannot be read")
        return refusal(503, "server.store_silent", AWAY)


def _too_many(wait: int) -> Response:
    return refusal(429, "server.too_many_attempts", {"Retry-After": str(wait)}, {"seconds": wait})


def unknown() -> Response:
    """The refusal of whoever is not known, whatever the reason."""
    return refusal(401, "server.no_token", {"WWW-Authenticate": "Bearer"})


def address_of(asked: HTTPConnection) -> str:
    """Where a request comes from."""
    return str(asked.client.host) if asked.client else ""


def cookie_of(asked: HTTPConnection) -> str | None:
    """The session that a request shows."""
    return cookie_parser(asked.headers.get("cookie", "")).get(COOKIE)


def is_same_origin(headers: Headers) -> bool:
    """Whether a browser says that a page of ours asks."""
    site, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if any(each != "same-origin" for each in site):
        return False
    if any(_place_of(each) != headers.get("host", "").lower() for each in origins):
        return False
    return bool(site or origins)


def _place_of(origin: str) -> str | None:
    # http or https: behind a proxy with TLS we do not know which
    found = re.fullmatch(r"https?://(\S+)", origin.lower())
    return found[1] if found else None


def _honoured(asked: HTTPConnection) -> bool:
    # a cookie is sent by the browser whoever made it ask: it opens pages, and all else only with a proof of ours
    if asked.scope["type"] == "websocket":
        return bool(asked.headers.getlist("origin")) and is_same_origin(asked.headers)
    if asked.scope["method"] in ("GET", "HEAD"):
        return bool(asked.scope["path"] != GRAPHQL)
    return PROOF in asked.headers and is_same_origin(asked.headers)


def _asks_for_ide(asked: HTTPConnection) -> bool:
    scope = asked.scope
    return bool(scope["path"] == GRAPHQL and _asks_for_page(asked) and not scope["query_string"])


def _asks_for_page(asked: HTTPConnection) -> bool:
    return bool(asked.scope.get("method") == "GET" and "text/html" in asked.headers.get("accept", "").lower())


def _sign_in(asked: HTTPConnection) -> Response:
    if asked.scope["path"] == GRAPHQL or not _asks_for_page(asked):
        return unknown()
    # as it was written: percent-encoded
    path, query = asked.scope["raw_path"], asked.scope["query_string"]
    following = (path + b"?" + query if query else path).decode("latin-1")
    return RedirectResponse(f"{SIGN_IN}?next={quote(following, safe='/')}", 303)


def _short_form(headers: Headers) -> Response | None:
    announced = headers.get("content-length", "")
    fits = announced.isascii() and announced.isdigit() and len(announced) < 9 and int(announced) <= LONGEST_FORM
    return None if fits else refusal(413, "server.body_too_long")


def _foreign(headers: Headers) -> Response | None:
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if not hosts or not all(LOCAL.fullmatch(host) for host in hosts):
        return refusal(403, "server.foreign_host")
    if not all(LOCAL.fullmatch(re.sub(r"^https?://", "", origin)) for origin in origins):
        return refusal(403, "server.foreign_origin")
    return None
