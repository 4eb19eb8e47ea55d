"""The objects of one cluster, put where they can be found: by namespace, kind and name."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from graph.errors import Message
from graph.values import shown
from importers.kubernetes.addresses import ServiceKey
from importers.kubernetes.objects import (
    Broken,
    Budget,
    Claim,
    ConfigMap,
    Controlled,
    Document,
    Identity,
    Ingress,
    Named,
    ServiceObject,
    Unread,
    Workload,
)
from importers.model import Finding, Place, Weight

MOST_NAMED = 20  # kinds or hosts that one warning lists


@dataclass(slots=True)
class Namespace:
    """What one namespace holds, in the order it was read."""

    name: str
    workloads: list[Workload] = field(default_factory=list)
    services: list[ServiceObject] = field(default_factory=list)
    ingresses: list[Ingress] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    configs: dict[str, ConfigMap] = field(default_factory=dict)
    budgets: list[Budget] = field(default_factory=list)

    def add(self, thing: Named) -> None:
        """Put an object in its place."""
        match thing:
            case Workload():
                self.workloads.append(thing)
            case ServiceObject():
                self.services.append(thing)
            case Ingress():
                self.ingresses.append(thing)
            case Claim():
                self.claims[thing.identity.name] = thing
            case ConfigMap():
                self.configs[thing.identity.name] = thing
            case Budget():
                self.budgets.append(thing)


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything of one run. `findings` are about documents that made nothing."""

    cluster: str
    namespaces: dict[str, Namespace]
    services: dict[ServiceKey, ServiceObject]
    findings: list[Finding]

    def ci_id(self, identity: Identity) -> str:
        """The id of an object: the existing CI it says it is, else its own (INTERFACES)."""
        return identity.ci_id or self.own_id(identity)

    def own_id(self, identity: Identity) -> str:
        """`k8s:<cluster>/<namespace>/<kind>/<name>`."""
        return f"k8s:{self.cluster}/{identity.namespace}/{identity.kind}/{identity.name}"


def estate_of(documents: Iterable[Document], cluster: str) -> Estate:
    """Sort the documents of a run.

    Two objects of one kind, namespace and name that differ are both rejected; equal ones count once, with a warning.
    """
    named: dict[tuple[str, str, str], list[Named]] = {}
    controlled: list[Controlled] = []
    unread: list[Unread] = []
    findings: list[Finding] = []
    for document in documents:
        match document:
            case Broken(place, message, where):
                findings.append(Finding(Weight.REJECTED, place, message, where))
            case Unread():
                unread.append(document)
            case Controlled():
                controlled.append(document)
            case _:
                named.setdefault(document.identity.key, []).append(document)
    namespaces: dict[str, Namespace] = {}
    for things in named.values():
        findings.extend(_twice(things))
        if all(thing == things[0] for thing in things):
            namespace = things[0].identity.namespace
            namespaces.setdefault(namespace, Namespace(namespace)).add(things[0])
    findings += _unread(unread)
    findings += _orphans(controlled, named.keys())
    services = {(ns.name, service.identity.name): service for ns in namespaces.values() for service in ns.services}
    return Estate(cluster, namespaces, services, findings)


def _twice(things: list[Named]) -> Iterator[Finding]:
    first = things[0]
    differ = any(thing != first for thing in things)
    for thing in things if differ else things[1:]:
        other = next(each.identity.place for each in things if each is not thing)
        params = {"object": thing.identity.title, "other": other.file, "other_line": other.line}
        key = "kubernetes.twice_differing" if differ else "kubernetes.twice"
        weight = Weight.REJECTED if differ else Weight.WARNING
        yield Finding(weight, thing.identity.place, Message(key, params), "metadata.name")


def _unread(unread: list[Unread]) -> Iterator[Finding]:
    if unread:
        kinds = Counter(document.kind for document in unread)
        message = Message("kubernetes.kinds_not_read", {"count": len(unread), "kinds": counted(kinds)})
        yield Finding(Weight.WARNING, unread[0].place, message, "kind")


def _orphans(controlled: list[Controlled], known: Iterable[tuple[str, str, str]]) -> Iterator[Finding]:
    """Pods and sets that a controller made are its own business; but where is the controller?"""
    present = set(known) | {each.identity.key for each in controlled}
    orphans = [c for c in controlled if (c.owner_kind.lower(), c.identity.namespace, c.owner) not in present]
    if orphans:
        owners = Counter(shown(f"{orphan.owner_kind.lower()}/{orphan.owner}") for orphan in orphans)
        message = Message("kubernetes.controller_missing", {"count": len(orphans), "owners": counted(owners)})
        yield Finding(Weight.WARNING, orphans[0].identity.place, message, "metadata.ownerReferences")


def counted(things: Counter[str]) -> str:
    """`A 2, B 1`: every name with its count, in order of names, the first few of many."""
    listed = [f"{name} {count}" for name, count in sorted(things.items())]
    return ", ".join(listed[:MOST_NAMED]) + (", …" if len(listed) > MOST_NAMED else "")


def warning(place: Place, message: Message, where: str | None = None) -> Finding:
    """A finding that rejects nothing."""
    return Finding(Weight.WARNING, place, message, where)


def unresolved(place: Place, message: Message, where: str | None = None) -> Finding:
    """Something that names what nobody has."""
    return Finding(Weight.UNRESOLVED, place, message, where)
