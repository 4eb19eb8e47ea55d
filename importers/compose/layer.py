"""What files declare, laid on each other as overrides or put beside each other as parts of one project."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from importers.compose.shapes import Fields, merged
from importers.model import Place


@dataclass(frozen=True, slots=True)
class Declared:
    """A service, volume or network: where, as written (one mapping for each file), in canonical form.

    `tag`: `!reset` or `!override` where a file takes it back or replaces it whole.
    """

    place: Place
    written: tuple[object, ...]
    fields: Fields
    tag: str | None = None


Table = dict[str, Declared]


@dataclass(frozen=True, slots=True)
class Layer:
    """The services, volumes and networks of one file or several."""

    services: Table = field(default_factory=dict)
    volumes: Table = field(default_factory=dict)
    networks: Table = field(default_factory=dict)


def stacked(base: Layer, over: Layer) -> Layer:
    """`over` as an override of `base`."""
    return Layer(
        _stacked(base.services, over.services),
        _stacked(base.volumes, over.volumes),
        _stacked(base.networks, over.networks),
    )


def _stacked(base: Mapping[str, Declared], over: Mapping[str, Declared]) -> Table:
    made = dict(base)
    for name, declared in over.items():
        before = made.get(name)
        if declared.tag == "!reset":
            made.pop(name, None)
        elif before is None or declared.tag == "!override":
            made[name] = replace(declared, fields=merged({}, declared.fields), tag=None)
        else:
            written = before.written + declared.written
            made[name] = Declared(before.place, written, merged(before.fields, declared.fields))
    return made


def differing(one: Layer, other: Layer) -> Iterator[tuple[str, Declared]]:
    """Services that both have and define differently: name, and the other's."""
    for name, declared in one.services.items():
        there = other.services.get(name)
        if there is not None and not agree(declared, there):
            yield name, there


def agree(one: Declared, other: Declared) -> bool:
    """Whether both say the same, as written and with all that is extended."""
    return (one.written, one.fields) == (other.written, other.fields)


def united(one: Layer, other: Layer) -> Layer:
    """Both beside each other. Services that differ have been looked for before; volumes and networks are merged."""
    services = one.services | other.services
    return Layer(services, _beside(one.volumes, other.volumes), _beside(one.networks, other.networks))


def _beside(one: Table, other: Table) -> Table:
    # what one declares fully, others often only name
    return {**one, **other, **{name: _both(one[name], other[name]) for name in one.keys() & other.keys()}}


def _both(one: Declared, other: Declared) -> Declared:
    return replace(one, fields=merged(other.fields, one.fields))
