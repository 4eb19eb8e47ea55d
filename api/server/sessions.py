"""Sessions for pages: signing in with a token, and signing out."""

import hashlib
from base64 import b64encode
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from starlette.requests import HTTPConnection, Request, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from api.access.known import SESSION_LIFETIME
from api.access.oidc import CALLBACK, PENDING
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

if TYPE_CHECKING:
    from api.who import Principal

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


def session_routes(keeper: Doorkeeper, language: str) -> list[Route]:
    """`/sign-in`, and `/session` to begin and to end."""

    def page(request: Request, refused: Response | None = None) -> Response:
        return _page(request, language, refused, elsewhere=keeper.has_provider)

    async def sign_in(request: Request) -> Response:
        if request.state.principal is not NOBODY:
            return RedirectResponse("/", 303)  # local mode: there is nobody to be known
        return page(request)

    async def begin(request: Request) -> Response:
        if request.state.principal is not NOBODY:
            return await _begun(request, request.state.principal, None)
        if not is_same_origin(request.headers):
            return refusal(403, "server.foreign_origin")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return refusal(415, "server.no_form")
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        found = await keeper.by_token(form.get("token", [""])[0].strip(), address_of(request))
        if isinstance(found, Response):
            return page(request, found)
        return await _begun(request, found, own_path(form.get("next", ["/"])[0]))

    async def _begun(request: Request, principal: "Principal", following: str | None) -> Response:
        session = await keeper.begin_session(principal)
        if isinstance(session, Response):
            return session
        answer = Response(status_code=204) if following is None else RedirectResponse(following, 303)
        if session is None:
            return answer
        lifetime = int(SESSION_LIFETIME.total_seconds())
        answer.set_cookie(COOKIE, session, lifetime, secure=_is_secure(request), httponly=True, samesite="strict")
        return answer

    async def end(request: Request) -> Response:
        session = cookie_of(request)
        refused = None if session is None else await keeper.end_session(session)
        if refused is not None:
            return refused
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, secure=_is_secure(request), httponly=True, samesite="strict")
        return answer

    async def elsewhere(request: Request) -> Response:
        begun = await keeper.begin_elsewhere(own_path(request.query_params.get("next", "/")))
        if begun is None or isinstance(begun, Response):
            return page(request, begun or refusal(404, "server.no_form"))
        answer = RedirectResponse(begun.url, 303)
        # lax: the provider's page sends the browser back
        answer.set_cookie(
            PENDING_COOKIE, begun.kept, PENDING, path=SIGN_IN, secure=_is_secure(request), httponly=True, samesite="lax"
        )
        return answer

    async def back(request: Request) -> Response:
        kept = cookie_parser(request.headers.get("cookie", "")).get(PENDING_COOKIE, "")
        found = await keeper.finish_elsewhere(kept, dict(request.query_params), address_of(request))
        if isinstance(found, Response):
            return page(request, found)
        session, following = found
        # a page of ours goes on: a strict cookie is not sent where another site led the browser
        answer = HTMLResponse(ONWARD.substitute(next=escape(following)), 200, HEADERS)
        lifetime = int(SESSION_LIFETIME.total_seconds())
        answer.set_cookie(COOKIE, session, lifetime, secure=_is_secure(request), httponly=True, samesite="strict")
        answer.delete_cookie(PENDING_COOKIE, path=SIGN_IN, secure=_is_secure(request), httponly=True, samesite="lax")
        return answer

    return [
        Route(ELSEWHERE, elsewhere),
        Route(CALLBACK, back),
        Route(SIGN_IN, sign_in),
        Route(SESSION, begin, methods=["POST"]),
        Route(SESSION, end, methods=["DELETE"]),
    ]


def own_path(text: str) -> str:
    """Where to go on to: a path of ours, else the first page; nothing that a browser takes for another site."""
    return text if text.isascii() and text.isprintable() and text[:1] == "/" and text[1:2] not in ("/", "\\") else "/"


def _is_secure(asked: HTTPConnection) -> bool:
    # behind a proxy with TLS we see http; only this machine itself is asked without
    return asked.url.scheme == "https" or not LOCAL.fullmatch(asked.headers.get("host", ""))


def _page(request: Request, language: str, refused: Response | None, *, elsewhere: bool) -> Response:
    spoken = request.headers.get("accept-language", "").strip().lower()[:2]
    say = Texts(spoken if spoken in ("zh", "en") else language)
    status = 200 if refused is None else refused.status_code
    told = {200: "", 401: say("signin.wrong"), 429: say("signin.wait")}.get(status, say("signin.away"))
    following = own_path(request.query_params.get("next", "/"))
    words = {name: say(f"signin.{name}") for name in ("title", "token", "button", "hint")}
    filled = {name: escape(text) for name, text in {**words, "told": told, "next": following}.items()}
    link = f'<p><a href="{ELSEWHERE}?next={quote(following, safe="/")}">{escape(say("signin.elsewhere"))}</a></p>'
    page = PAGE.substitute(
        filled, elsewhere=link if elsewhere else "", language="zh-CN" if say.language == "zh" else "en", style=STYLE
    )
    headers = dict(HEADERS)
    if refused is not None and "retry-after" in refused.headers:
        headers["Retry-After"] = refused.headers["retry-after"]
    return HTMLResponse(page, status, headers)
