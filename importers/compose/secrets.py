"""Which variables look as if their value were secret. No value of a variable is kept; these are counted and named."""

import re
from collections.abc import Iterator, Mapping

_NAMES = re.compile(
    r"pass(?:w(?:or)?d|phrase|wd)?(?:$|_)|pwd$|secret|token|credential|api_?key|access_?key|private_?key|signing_?key"
    r"|encryption_?key|auth_?key|salt$",
    re.IGNORECASE,
)
_PLACES = re.compile(r"_(?:file|path|dir|url|uri|name|host|ttl|lifetime|expiry|length)$", re.IGNORECASE)
_FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\."  # a JSON web token
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bxox[abprs]-|\bsk-\w{20,}|\bglpat-"  # of known services
    r"|://[^/\s:@]*:[^/\s@]+@"  # a URL with a password in it
)
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])(?:[0-9a-fA-F]{32,}|[A-Za-z0-9+/_=-]{40,})")


def secret_names(environment: Mapping[str, object]) -> Iterator[str]:
    """Names of the variables whose name or value looks secret. A name alone or an empty value is none."""
    for name, value in environment.items():
        if isinstance(value, str) and value and _looks_secret(name, value):
            yield name


def _looks_secret(name: str, value: str) -> bool:
    named = _NAMES.search(name) and not _PLACES.search(name)
    return bool(named or _FORMS.search(value) or _RANDOM.fullmatch(value))
