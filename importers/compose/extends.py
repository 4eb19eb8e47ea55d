"""Services that extend others, of the same file or another one (Compose specification, "extends")."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graph.values import shown
from importers.compose.refused import Refused
from importers.compose.shapes import Fields, beside, canonical_service, mapping_of, merged, text_of
from importers.safe_yaml import Tagged, YamlMap

DEEPEST = 50  # services, each extending the next


@dataclass(frozen=True, slots=True)
class Origin:
    """The services of a file, and where its relative paths start; `extended` keeps what has been worked out."""

    path: Path
    folder: Path
    services: YamlMap
    extended: dict[str, Fields] = field(default_factory=dict)


class Extending:
    """Works out services under one set of variables. `services_of` reads the services of another file."""

    def __init__(self, services_of: Callable[[Path], YamlMap]) -> None:
        self._services_of = services_of
        self._origins: dict[Path, Origin] = {}

    def fields(self, name: str, origin: Origin, chain: tuple[tuple[Path, str], ...] = ()) -> Fields:
        """A service in canonical form, on top of what it extends; also what is asked of other services is inherited.

        Raises
        ------
        Refused
            `compose.extends_circle`, `compose.extends_deep`, `compose.extends_unknown`, `yaml.outside`,
            `yaml.unreadable`, `compose.shape_*`.
        """
        if name not in origin.extended:
            here = (origin.path, name)
            if here in chain:
                circle = " → ".join(shown(service) for _, service in (*chain[chain.index(here) :], here))
                raise Refused("extends_circle", services=circle, field="extends")
            if len(chain) > DEEPEST:
                raise Refused("extends_deep", deepest=DEEPEST, field="extends")
            origin.extended[name] = self._worked_out(origin.services[name], origin, (*chain, here))
        return origin.extended[name]

    def _worked_out(self, raw: object, origin: Origin, chain: tuple[tuple[Path, str], ...]) -> Fields:
        written = raw.value if isinstance(raw, Tagged) else raw
        line = origin.services.line_of(chain[-1][1])
        if written is None:
            raise Refused("shape_mapping", line=line)
        service = mapping_of(written, "services", line)
        own = canonical_service(service, origin.folder)
        base = _base(service)
        if base is None:
            return own
        return merged(merged({}, self._inherited(*base, origin, service.line_of("extends"), chain)), own)

    def _inherited(
        self, name: str, file: str | None, origin: Origin, line: int, chain: tuple[tuple[Path, str], ...]
    ) -> Fields:
        try:
            at = self._origin(file, origin) if file else origin
            if name in at.services:
                return self.fields(name, at, chain)
        except Refused as refused:
            # told where the service is that cannot be had, in the file that asks for it
            refused.line = line
            raise
        raise Refused("extends_unknown", line=line, field="extends", service=shown(name), at=str(at.path))

    def _origin(self, file: str, origin: Origin) -> Origin:
        path = Path(beside(origin.folder, file))
        if path == origin.path:
            return origin
        if path not in self._origins:
            self._origins[path] = Origin(path, path.parent, self._services_of(path))
        return self._origins[path]


def _base(service: YamlMap) -> tuple[str, str | None] | None:
    """Name, and file if it is another one, of the service that this one extends."""
    said: object = service.get("extends")
    line = service.line_of("extends")
    if said is None or isinstance(said, Tagged):  # taken back
        return None
    if isinstance(said, str):
        return said, None
    written: Mapping[str, object] = mapping_of(said, "extends", line)
    if not written.get("service"):
        raise Refused("shape_service", line=line, field="extends")
    file = written.get("file")
    return text_of(written["service"], "extends", line), None if file is None else text_of(file, "extends", line)
