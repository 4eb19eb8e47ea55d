"""The language of what a person reads: their own choice first, then the server's, then what their browser says."""

import re

from starlette.requests import Request

from api.texts import LANGUAGES
from graph.settings import Settings


def language_of(accepted: str) -> str | None:
    """The first of our languages that somebody reads, by `Accept-Language`; `None` where they name none."""
    weighed: list[tuple[float, int, str]] = []
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [re.fullmatch(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", parameter) for parameter in parameters]
        weight = next((float(match[1]) for match in weights if match), 1.0)
        if name[:2] in LANGUAGES and name[2:3] in ("", "-") and weight:
            weighed.append((-weight, len(weighed), name[:2]))
    return min(weighed)[2] if weighed else None


def page_language(request: Request, settings: Settings) -> str:
    """The language of a page before it is there.

    That of the page's own switch, else FAULTLINE_LANG (INTERFACES: it chooses what people read), else what the browser
    says that its user reads, else that of the server's locale.
    """
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    if settings.language_chosen:
        return settings.language
    return language_of(request.headers.get("accept-language", "")) or settings.language
