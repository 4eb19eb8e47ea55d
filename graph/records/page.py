"""Where the page of a change is on a server, whatever its identifier: the one place that knows (SCREENS: Pages)."""

from urllib.parse import quote

TAKEN = frozenset({"new", "calendar", "agenda"})  # pages beside those of changes
FEEDS = "feed/"  # what calendars of other programs ask for begins so
WRITTEN = "edit"  # the last part of the address of a form
NO_PART = frozenset({"", ".", ".."})  # parts of a path that browsers leave out


def page_of(change_id: str) -> str:
    """Its path; of an identifier that would be another page there, the path that takes it as a parameter.

    >>> page_of("CHG-1"), page_of("itsm/7")
    ('/changes/CHG-1', '/changes/itsm%2F7')
    >>> page_of("new"), page_of("a/edit")
    ('/change?id=new', '/change?id=a%2Fedit')
    """
    path = quote(change_id, safe="")
    return f"/changes/{path}" if has_path(change_id) else f"/change?id={path}"


def has_path(change_id: str) -> bool:
    """Whether an identifier can stand in the path itself; the pages ask the same (`router.js`)."""
    parts = change_id.split("/")
    is_form = len(parts) > 1 and parts[-1] == WRITTEN
    return not (change_id in TAKEN or change_id.startswith(FEEDS) or is_form or NO_PART.intersection(parts))
