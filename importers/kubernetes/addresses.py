"""Addresses in the values of environment variables, and whose they are.

Read are `host:port` (a path may follow), URLs of any scheme (`jdbc:` and lists of hosts too), Go's
`user@tcp(host:port)`, bare names that end in `.svc` or `.svc.cluster.local`, and the bare name of a Service where the
variable's own name says that it holds a host. Nothing of a value but its host and port is ever kept or shown: the
rest may be a password.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import Enum

LONGEST_VALUE = 10_000  # characters; a longer value is a file, not an address
CLUSTER_ENDINGS = (".svc", ".svc.cluster.local")
LOCAL = frozenset({"localhost", "localhost.localdomain"})
_HOST = r"(?P<host>[a-z][-a-z0-9_]*(?:\.[a-z0-9][-a-z0-9_]*)*)\.?"
_PORT = r":(?P<port>\d{1,5})"
_BARE = re.compile(_HOST)
_SHAPES = (
    re.compile(rf"[a-zA-Z][-+.a-zA-Z0-9:]*://(?:[^/?#\s]*@)?{_HOST}(?:{_PORT})?(?:[/?#].*)?"),
    re.compile(rf"{_HOST}{_PORT}(?:/.*)?"),
    re.compile(rf".*@(?:tcp|udp)\({_HOST}{_PORT}\).*"),
)
_HOLDS_HOST = re.compile(r".*(?:HOST|HOSTS|HOSTNAME|ADDR|ADDRESS|SERVER|SERVERS|ENDPOINT|URL|URI|SERVICE)")
_SEPARATORS = re.compile(r"[\s,;]+")
_REFERENCE = re.compile(r"\$\$|\$\((?P<name>[^()\s]{1,200})\)")

ServiceKey = tuple[str, str]  # namespace, name


@dataclass(frozen=True, slots=True)
class Address:
    """A host name as written, without its last dot. `certain`: by its shape an address, whoever answers there."""

    host: str
    port: int | None = None
    certain: bool = True

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


class Nobody(Enum):
    """Why an address belongs to no Service that is known."""

    UNRESOLVED = "a name of the cluster that no Service has"
    OUTSIDE = "a name of the world outside"
    LOCAL = "the program itself, or no address at all"


def addresses_in(variable: str, value: str) -> Iterator[Address]:
    """The addresses that the value of a variable holds, in order."""
    if len(value) > LONGEST_VALUE:
        return
    for token in _SEPARATORS.split(value):
        matches = (shape.fullmatch(token) for shape in _SHAPES)
        found = next((match for match in matches if match), None)
        if found:
            yield Address(found["host"], int(found["port"]) if found["port"] else None)
        elif bare := _BARE.fullmatch(token):
            host = bare["host"]
            if host.endswith(CLUSTER_ENDINGS):
                yield Address(host)
            elif _HOLDS_HOST.fullmatch(variable.upper()):
                yield Address(host, certain=False)


def owner_of(address: Address, namespace: str, services: Set[ServiceKey], namespaces: Set[str]) -> ServiceKey | Nobody:
    """The Service that answers at an address used in `namespace`, by the cluster's own rules of names.

    `service`, `service.namespace`, `pod.service` (of a headless Service), each with `.namespace.svc.cluster.local` cut
    anywhere. `namespaces` are those that were read: a two-part name that ends in none of them is outside.
    """
    if address.host in LOCAL:
        return Nobody.LOCAL
    inside, labels = _labels(address.host)
    for candidate in _candidates(labels, namespace, inside=inside):
        if candidate in services:
            return candidate
    if not address.certain:
        return Nobody.LOCAL
    named_here = len(labels) == 1 or (len(labels) == 2 and labels[1] in namespaces)
    return Nobody.UNRESOLVED if inside or named_here else Nobody.OUTSIDE


def _labels(host: str) -> tuple[bool, list[str]]:
    for ending in reversed(CLUSTER_ENDINGS):
        if host.endswith(ending):
            return True, host.removesuffix(ending).split(".")
    return False, host.split(".")


def _candidates(labels: list[str], namespace: str, *, inside: bool) -> Iterator[ServiceKey]:
    match labels:
        case [service] if not inside:
            yield namespace, service
        case [first, second]:
            yield second, first
            if not inside:
                yield namespace, second
        case [_, service, other]:
            yield other, service


def expanded(value: str, earlier: Mapping[str, str]) -> str:
    """A value with `$(NAME)` filled in from the variables before it, `$$` for a dollar sign, as Kubernetes does.

    An unknown name stays as written. Past `LONGEST_VALUE` it stops: variables that double each other are a bomb.
    """
    if "$" not in value:
        return value
    pieces: list[str] = []
    length = end = 0
    for match in _REFERENCE.finditer(value):
        name = match["name"]
        filled = "$" if name is None else earlier.get(name, match[0])
        pieces += (value[end : match.start()], filled)
        end = match.end()
        length += len(pieces[-2]) + len(filled)
        if length > LONGEST_VALUE:
            return ""
    return "".join((*pieces, value[end:]))
