"""A Compose project as the importer knows it: what passes from reading to transforming."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.model import Finding, Place


@dataclass(frozen=True, slots=True)
class Service:
    """A service, everything about it merged.

    `ci_id`: the existing CI that it says it is. `needs`: services it depends on → whether it needs them to be there.
    `outside`: containers beyond the project that it links to. `volumes`, `networks`: by their name in the project.
    `release`: the image as `name:tag`; `image` as written. `secrets`: variables whose values look secret. `digest`: of
    all that a container is made anew for when it is changed.
    """

    name: str
    place: Place
    ci_id: str | None
    image: str | None
    release: str | None
    replicas: int
    needs: Mapping[str, bool]
    outside: Sequence[str]
    volumes: Sequence[str]
    networks: Sequence[str]
    secrets: Sequence[str]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A volume or network. `key`: its name in the project; `name`: its own."""

    key: str
    name: str
    place: Place
    ci_id: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """One project, with what there is to say of its files."""

    name: str
    place: Place
    services: Sequence[Service]
    volumes: Sequence[Resource]
    networks: Sequence[Resource]
    findings: Sequence[Finding]
