"""Which CI a resource of a plan is: as the map says, as its tags say, or as its own names say."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from importers.terraform.addresses import id_of
from importers.terraform.plan import ResourceChange
from importers.terraform.plan_map import PlanMap, ci_id_of

NAMES = ("id", "arn", "self_link", "name", "hostname", "fqdn")  # attributes that may be what a CI is called
FIELDS = ("fqdn", "serial")  # of CIs, which have an index
MAP, TAG, ADDRESS, NO_CI = "map", "tag", "address", "no_ci"


class Register(Protocol):
    """What is asked of the register."""

    def has(self, ci_id: str) -> bool:
        """Whether there is a CI of this id, not retired."""

    def holders(self, field: str, values: Collection[str]) -> Mapping[str, str]:
        """By value the CI that alone has it in this field."""


@dataclass(frozen=True, slots=True)
class Match:
    """The CIs of a resource, and how they were found.

    `said`: ids that the map or a tag gives and the register does not know. `by`: `None` where nothing was found.
    """

    change: ResourceChange
    ci_ids: tuple[str, ...]
    by: str | None
    said: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it may be a CI that is not in the register."""
        return self.by != NO_CI and (not self.ci_ids or bool(self.said))


def matches_of(changes: Sequence[ResourceChange], plan_map: PlanMap, register: Register) -> list[Match]:
    """The match of each resource change, in their order.

    Notes
    -----
    The map comes first, then tags, then the address and names that are a `ci_id`, then names that are the `fqdn` or the
    `serial` of just one CI. What the map or a tag says is not put right by a name: an id that the register does not
    know leaves the resource without a CI.
    """
    found = [_said(each, plan_map, register) or _called(each, register) for each in changes]
    for field in FIELDS:
        lacking = [number for number, each in enumerate(found) if each.by is None and not each.said]
        wanted = {name for number in lacking for _, name in _names(changes[number])}
        holders = register.holders(field, wanted) if wanted else {}
        for number in lacking:
            ci_id = next((holders[name] for _, name in _names(changes[number]) if name in holders), None)
            if ci_id is not None:
                found[number] = Match(changes[number], (ci_id,), field)
    return found


def _said(change: ResourceChange, plan_map: PlanMap, register: Register) -> Match | None:
    for address in (change.address, change.previous):
        mapped = None if address is None else plan_map.resources.find(address)
        if mapped is not None:
            return _known(change, [mapped], MAP, register)
        if address is not None and plan_map.no_ci.find(address) is not None:
            return Match(change, (), NO_CI)
    labels = [(name, text) for side in change.sides for name, text in side.labels()]
    tagged = dict.fromkeys(text for tag in plan_map.tags for name, text in labels if name == tag)
    return _known(change, list(tagged), TAG, register) if tagged else None


def _known(change: ResourceChange, said: Sequence[str], by: str, register: Register) -> Match:
    ids = {text: ci_id for text in said if (ci_id := ci_id_of(text)) is not None and register.has(ci_id)}
    return Match(change, tuple(ids.values()), by, tuple(text for text in said if text not in ids))


def _called(change: ResourceChange, register: Register) -> Match:
    addresses = [each for each in (change.address, change.previous) if each is not None]
    own = [(ADDRESS, text) for each in addresses for text in (each, id_of(each))]
    for by, text in [*own, *_names(change)]:
        ci_id = ci_id_of(text)
        if ci_id is not None and register.has(ci_id):
            return Match(change, (ci_id,), by)
    return Match(change, (), None)


def _names(change: ResourceChange) -> Iterator[tuple[str, str]]:
    # as it is called now comes before what it will be called
    for side in change.sides:
        for name in NAMES:
            if (text := side.text(name)) is not None:
                yield name, text
