"""Sessions for pages: signing in with a token, and signing out."""

import hashlib
from base64 import b64encode
from html import escape
from importlib import resources
from string import Template
from urllib.parse import parse_qs, quote

from starlette.requests import HTTPConnection, Request, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from api.access.known import SESSION_LIFETIME
from api.access.oidc import CALLBACK, PENDING
from api.languages import page_language
from api.server.doorkeeper import (
    COOKIE,
    ELSEWHERE,
    LOCAL,
    NOBODY,
    SESSION,
    SIGN_IN,
    Doorkeeper,
    address_of,
    cookie_of,
    is_same_origin,
)
from api.server.requests import refusal
from api.texts import Texts
from graph.settings import Settings

PENDING_COOKIE = "faultline_pending"
ONWARD = Template(
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=$next"><a href="$next">…</a>'
)
FORM = "application/x-www-form-urlencoded"
STYLE = (resources.files("api.server") / "data" / "sign_in.css").read_text(encoding="utf-8")
PAGE = Template((resources.files("api.server") / "data" / "sign_in.html").read_text(encoding="utf-8"))
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # without the origin a browser would not say either that the form is ours
    "Referrer-Policy": "same-origin",
}


class Sessions:
    """`/sign-in`, here or with a provider, and `/session` to begin and to end."""

    def __init__(self, keeper: Doorkeeper, settings: Settings) -> None:
        self._keeper, self._settings = keeper, settings

    def routes(self) -> list[Route]:
        """What is answered here."""
        return [
            Route(ELSEWHERE, self.elsewhere),
            Route(CALLBACK, self.back),
            Route(SIGN_IN, self.sign_in),
            Route(SESSION, self.begin, methods=["POST"]),
            Route(SESSION, self.end, methods=["DELETE"]),
        ]

    async def sign_in(self, request: Request) -> Response:
        """The page on which a token is given."""
        if request.state.principal is not NOBODY:
            return RedirectResponse("/", 303)  # local mode: there is nobody to be known
        return self._page(request, request.query_params.get("next", "/"))

    async def begin(self, request: Request) -> Response:
        """Begin a session, with the token of the header or of the page's form."""
        if request.state.principal is not NOBODY:
            session = await self._keeper.begin_session(request.state.principal)
            done = Response(status_code=204)
            return done if session is None else _with_session(request, done, session)
        if not is_same_origin(request.headers):
            return refusal(403, "server.foreign_origin")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return refusal(415, "server.no_form")
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        following = own_path(form.get("next", ["/"])[0])
        found = await self._keeper.by_token(form.get("token", [""])[0].strip(), address_of(request))
        session = found if isinstance(found, Response) else await self._keeper.begin_session(found)
        if session is None or isinstance(session, Response):
            return self._page(request, following, session)
        return _with_session(request, RedirectResponse(following, 303), session)

    async def end(self, request: Request) -> Response:
        """Sign out."""
        session = cookie_of(request)
        refused = None if session is None else await self._keeper.end_session(session)
        if refused is not None:
            return refused
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, secure=_is_secure(request), httponly=True, samesite="strict")
        return answer

    async def elsewhere(self, request: Request) -> Response:
        """Lead the browser to the provider."""
        following = own_path(request.query_params.get("next", "/"))
        begun = await self._keeper.begin_elsewhere(following)
        if begun is None:
            return RedirectResponse(SIGN_IN, 303)
        if isinstance(begun, Response):
            return self._page(request, following, begun)
        answer = RedirectResponse(begun.url, 303)
        # lax: the provider's page sends the browser back
        answer.set_cookie(
            PENDING_COOKIE, begun.kept, PENDING, path=SIGN_IN, secure=_is_secure(request), httponly=True, samesite="lax"
        )
        return answer

    async def back(self, request: Request) -> Response:
        """Begin the session of whoever comes back from the provider."""
        kept = cookie_parser(request.headers.get("cookie", "")).get(PENDING_COOKIE, "")
        found = await self._keeper.finish_elsewhere(kept, dict(request.query_params), address_of(request))
        if isinstance(found, Response):
            return self._page(request, "/", found)
        session, following = found
        # a page of ours goes on: a strict cookie is not sent where another site led the browser
        answer = _with_session(request, HTMLResponse(ONWARD.substitute(next=escape(following)), 200, HEADERS), session)
        answer.delete_cookie(PENDING_COOKIE, path=SIGN_IN, secure=_is_secure(request), httponly=True, samesite="lax")
        return answer

    def _page(self, request: Request, following: str, refused: Response | None = None) -> Response:
        say = Texts(page_language(request, self._settings))
        status = 200 if refused is None else refused.status_code
        told = {200: "", 401: say("signin.wrong"), 429: say("signin.wait")}.get(status, say("signin.away"))
        words = {name: say(f"signin.{name}") for name in ("title", "token", "button", "hint")}
        safe = own_path(following)
        filled = {name: escape(text) for name, text in {**words, "told": told, "next": safe}.items()}
        link = f'<p><a href="{ELSEWHERE}?next={quote(safe, safe="/")}">{escape(say("signin.elsewhere"))}</a></p>'
        shown, spoken = link if self._keeper.has_provider else "", "zh-CN" if say.language == "zh" else "en"
        page = PAGE.substitute(filled, elsewhere=shown, language=spoken, style=STYLE)
        wait = None if refused is None else refused.headers.get("retry-after")
        return HTMLResponse(page, status, HEADERS if wait is None else {**HEADERS, "Retry-After": wait})


def _with_session(request: Request, answer: Response, session: str | Response) -> Response:
    if isinstance(session, Response):
        return session
    lifetime = int(SESSION_LIFETIME.total_seconds())
    answer.set_cookie(COOKIE, session, lifetime, secure=_is_secure(request), httponly=True, samesite="strict")
    return answer


def own_path(text: str) -> str:
    """Where to go on to: a path of ours, else the first page; nothing that a browser takes for another site."""
    return text if text.isascii() and text.isprintable() and text[:1] == "/" and text[1:2] not in ("/", "\\") else "/"


def _is_secure(asked: HTTPConnection) -> bool:
    # behind a proxy with TLS we see http; only this machine itself is asked without
    return asked.url.scheme == "https" or not LOCAL.fullmatch(asked.headers.get("host", ""))
