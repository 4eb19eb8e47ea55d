"""Addresses of the pages: each is the same shell, and the browser asks GraphQL for what stands in it."""

import html
from importlib import resources
from string import Template

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.languages import page_language
from api.pages.assets import Asset, load_assets
from api.texts import Texts
from graph.settings import Settings

PAGES = (
    "/", "/ci/{ci_id:path}", "/explore", "/changes", "/changes/{change_id:path}", "/change", "/change/edit", "/imports",
    "/questions", "/questions/{question}", "/continuity", "/kpi", "/admin",
)  # fmt: skip
STYLES = (
    "style/tokens.css",
    "style/base.css",
    "style/frame.css",
    "style/parts.css",
    "style/lanes.css",
    "style/explore.css",
    "style/admin.css",
    "style/edit.css",
    "style/changes.css",
    "style/draft.css",
    "style/schedule.css",
    "style/paper.css",
    "style/talk.css",
)
LIBRARIES = ("vendor/preact.js", "vendor/preact-hooks.js", "vendor/htm.js")  # each may need those before it
THEMES = ("light", "dark")
YEAR = 31_536_000  # seconds; what is served under its hash never changes
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_routes(settings: Settings) -> list[Route]:
    """The pages and what they are made of."""

    async def page(request: Request) -> Response:
        return shell(request, settings)

    return [*(Route(path, page) for path in PAGES), Route("/static/{digest}/{name:path}", _static)]


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, which wants something to look at, and not a program that reads JSON."""
    accept = request.headers.get("accept", "").lower()
    return request.method == "GET" and "text/html" in accept and "json" not in accept


def shell(request: Request, settings: Settings, status: int = 200) -> Response:
    """The page before anything stands in it, in the language and theme of whoever looks at it."""
    language, theme = page_language(request, settings), request.cookies.get("theme", "")
    assets, say = load_assets(), Texts(language)
    page = _template().substitute(
        language=language,
        theme=theme if theme in THEMES else "",
        zone=html.escape(settings.timezone),
        static=f"/static/{assets.digest}",
        styles="\n".join(f'<link rel="stylesheet" href="{assets.address(name)}">' for name in STYLES),
        libraries="\n".join(f'<script defer src="{assets.address(name)}"></script>' for name in LIBRARIES),
        modules="\n".join(f'<link rel="modulepreload" href="{assets.address(name)}">' for name in assets.modules),
        starting=html.escape(say("pages.starting")),
        noscript=html.escape(say("pages.noscript")),
    )
    headers = {**HEADERS, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Language, Cookie"}
    return Response(page, status, headers=headers, media_type="text/html")


async def _static(request: Request) -> Response:
    assets, found = load_assets(), request.path_params
    asset = assets.files.get(found["name"])
    if asset is None:
        return Response("", 404, HEADERS)
    # a page that was opened before an upgrade gets what there is now, and does not keep it
    keeping = f"public, max-age={YEAR}, immutable" if found["digest"] == assets.digest else "no-cache"
    headers = {**HEADERS, "Cache-Control": keeping, "ETag": asset.etag, "Vary": "Accept-Encoding"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return _sent(asset, headers, zipped="gzip" in request.headers.get("accept-encoding", ""))


def _sent(asset: Asset, headers: dict[str, str], *, zipped: bool) -> Response:
    if zipped:
        return Response(asset.zipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.media)
    return Response(asset.body, headers=headers, media_type=asset.media)


def _template() -> Template:
    return Template((resources.files("api.pages") / "shell.html").read_text(encoding="utf-8"))
