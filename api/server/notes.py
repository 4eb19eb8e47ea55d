"""What is noted about a request while it is answered: told in its line of the log, its metrics and its errors."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import Headers

HEADER = "X-Request-Id"
SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}")  # what may be taken over from outside, and stand in a log


@dataclass(slots=True)
class Note:
    """One request.

    `key`: why it was refused, or did not get its answer; `cost` as `api/schema/limits.py` counts; `seen`: the end of
    the log when it was let in, and when that was, by `time.monotonic`.
    """

    request_id: str
    actor: str | None = None
    operation: str | None = None
    revision: int | None = None
    cost: int | None = None
    key: str | None = None
    seen: tuple[int, float] | None = None


NOTE: ContextVar[Note | None] = ContextVar("note", default=None)


def note() -> Note:
    """That of the request which is being answered; of none, one that nobody reads."""
    return NOTE.get() or Note("")


def request_id_of(headers: Headers) -> str:
    """The id that a request brings, if it is short and safe and brought once; else a new one."""
    given = headers.getlist(HEADER)
    return given[0] if len(given) == 1 and SAFE.fullmatch(given[0]) else secrets.token_hex(16)
