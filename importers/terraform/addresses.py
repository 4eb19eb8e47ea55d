"""Addresses of resources as ids: `terraform:` and the address, what no id may hold percent-encoded."""

import hashlib
import re
import unicodedata

from graph.values import INVISIBLE

SCHEME = "terraform:"
LONGEST, KEPT, DIGEST = 200, 170, 16  # characters of an id, and of one that is cut: the beginning and a hash
_UNSEEN = rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|{INVISIBLE.pattern}"
_NOT_SEEN = re.compile(_UNSEEN)
_NOT_HELD = re.compile(rf"[%~\s|=]|{_UNSEEN}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def id_of(address: str, scheme: str = SCHEME) -> str:
    """The id of an address in answers; two addresses never have the same one.

    Examples
    --------
    >>> id_of('module.a["west 1"].aws_instance.web[0]')
    'terraform:module.a["west%201"].aws_instance.web[0]'
    """
    text = _NOT_HELD.sub(_quoted, address)
    if not text.isascii() and unicodedata.normalize("NFC", text) != text:
        text = _NOT_ASCII.sub(_quoted, text)
    if len(scheme) + len(text) > LONGEST:
        digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
        text = f"{text[:KEPT]}~{digest[:DIGEST]}"
    return scheme + text


def visible(text: str) -> str:
    """A text of a plan as it may be printed: characters that nobody sees percent-encoded."""
    return _NOT_SEEN.sub(_quoted, text)


def _quoted(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))
