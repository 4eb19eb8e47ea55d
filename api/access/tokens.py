"""Tokens: `id.secret`, shown once; only a peppered code of the secret is kept, so a copy of the store opens nothing."""

import hashlib
import hmac
import re
import secrets
from pathlib import Path

from graph.engine.files import make_secret
from graph.errors import BadInputError, StorageError
from graph.settings import Settings

SHORTEST_SECRET = 24  # characters; what a person would type is guessed sooner or later
# how ids begin, so that a secret that got somewhere is known for what it is
TOKEN, SESSION, FEED = "flt", "fls", "flc"
_TEXT = re.compile(r"(fl[tsc][0-9a-f]{16})\.([A-Za-z0-9_-]{43})", re.ASCII)


def new_secret(kind: str) -> tuple[str, str]:
    """The id and the secret of a new token, session or feed: 256 bits that nobody guesses."""
    return kind + secrets.token_hex(8), secrets.token_urlsafe(32)


def parts_of(text: str, kind: str) -> tuple[str, str] | None:
    """The id and the secret of what somebody shows; `None` for what was never one of that kind."""
    found = _TEXT.fullmatch(text)
    return (found[1], found[2]) if found and found[1].startswith(kind) else None


def code_of(pepper: bytes, name: str, secret: str) -> str:
    """What is kept of a secret: an HMAC-SHA256 over it and its id, so that no code fits another id."""
    return hmac.new(pepper, f"{name}.{secret}".encode(), hashlib.sha256).hexdigest()


def pepper_of(settings: Settings) -> bytes:
    """The pepper of `FAULTLINE_TOKEN_PEPPER_FILE`, else that of the data directory, made at the first use.

    Raises
    ------
    BadInputError
        `server.token_file`, `server.token_short`: it cannot be read, or is too short.
    StorageError
        `engine.no_directory`: the data directory cannot be written.
    """
    path = pepper_path(settings)
    if settings.token_pepper_file is None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            make_secret(path)
        except OSError as error:
            raise StorageError("engine.no_directory", path=str(path.parent), reason=error.strerror or "") from error
    return read_secret(path).encode()


def pepper_path(settings: Settings) -> Path:
    """Where the pepper lies, or will."""
    return settings.token_pepper_file or settings.data_dir / "pepper"


def read_secret(path: Path, least: int = SHORTEST_SECRET) -> str:
    """The text of a file that holds a secret; BadInputError for one that cannot be read or is shorter than `least`."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8"
        raise BadInputError("server.token_file", path=str(path), reason=reason) from error
    if len(text) < least:
        raise BadInputError("server.token_short", path=str(path), least=least)
    return text
