"""`/changes/feed/….ics`: changes as iCalendar, for programs that can send no header; the address says who asks."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.access.feeds import FEEDS
from api.access.roles import roles
from api.ical import calendar_of
from api.register import Register
from api.schema.reading import computed
from api.server.doorkeeper import Doorkeeper, address_of
from api.server.requests import refusal
from api.texts import LANGUAGES, Texts
from graph.records.changes import change_of

MEDIA = "text/calendar; charset=utf-8"
HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Disposition": 'attachment; filename="changes.ics"',
}


class Calendars:
    """Feeds of a register."""

    def __init__(self, keeper: Doorkeeper, register: Register) -> None:
        self._keeper, self._register = keeper, register

    def routes(self) -> list[Route]:
        """What is answered here: before the page of a change, whose id may be anything."""
        return [Route(f"{FEEDS}{{token}}.ics", self.feed)]

    async def feed(self, request: Request) -> Response:
        """The calendar of whoever made the address; 404 where it is worth nothing, whatever the reason."""
        found = await self._keeper.by_feed(request.path_params["token"], address_of(request))
        if isinstance(found, Response):
            return found
        # who is shown some CIs only is shown no changes
        if found is None or found.scopes or not roles().allowed(found.roles, "query", "changes"):
            return refusal(404, "server.not_found")
        given = request.query_params.get("language", "")
        settings = self._register.settings
        say = Texts(given if given in LANGUAGES else settings.language)
        root = (settings.public_url or str(request.base_url)).rstrip("/")
        return Response(await computed(self._made, say, root), headers=HEADERS, media_type=MEDIA)

    def _made(self, say: Texts, root: str) -> bytes:
        store = self._register.store
        changes = self._register.tables.table("changes", change_of, self._register.estate().revision)
        return calendar_of(changes, store.clock(), say, root)
