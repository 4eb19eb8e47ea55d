"""The objects of a cluster become CIs and relationships (INTERFACES, "Compose and Kubernetes")."""

from collections.abc import Iterable, Iterator, Mapping

from graph.errors import BadInputError, Message, ParamValue
from graph.values import shown
from importers.kubernetes.dependencies import address_dependencies
from importers.kubernetes.estate import Estate, Namespace, estate_of, unresolved, warning
from importers.kubernetes.objects import Claim, Document, Identity, Ingress, ServiceObject, Workload
from importers.kubernetes.quorum import quorum_of
from importers.kubernetes.selection import Selection
from importers.model import CiObservation, Part, Raw, RelationshipObservation, Seen

REPLICAS = "replicas"  # the redundancy group of a workload
WORKLOADS = "workloads"  # the redundancy group of a Service with several workloads behind it


def parts_of(documents: Iterable[Document], cluster: str, scope: str | None) -> Iterator[Part]:
    """One part for each namespace seen, its scope `k8s:<cluster>/<namespace>` unless the user named one.

    What concerns no namespace (documents that are half, kinds that are not read) is told with the first part; if there
    is none, with a part of the cluster's own, which holds nothing.

    Raises
    ------
    BadInputError
        `kubernetes.scope_many`: one scope was named for several namespaces, whose runs would end each other's CIs.
    """
    estate = estate_of(documents, cluster)
    if scope is not None and len(estate.namespaces) > 1:
        raise BadInputError("kubernetes.scope_many", scope=scope, namespaces=", ".join(sorted(estate.namespaces)[:20]))
    general: list[Seen] = list(estate.findings)
    for name, namespace in sorted(estate.namespaces.items()):
        yield Part(scope or f"k8s:{cluster}/{name}", [*general, *_namespace(estate, namespace)])
        general = []
    if general:
        yield Part(scope or f"k8s:{cluster}", general)


def _namespace(estate: Estate, namespace: Namespace) -> Iterator[Seen]:
    claims, selection = _all_claims(namespace), Selection(namespace)
    for workload in namespace.workloads:
        yield _ci(estate, workload.identity, _workload_values(workload))
        yield from _replicas(estate, selection, workload)
        yield from _stored(estate, claims, workload)
    for claim in claims.values():
        yield _ci(estate, claim.identity, {"ci_class": "volume", "capacity": claim.capacity})
    for service in namespace.services:
        yield _ci(estate, service.identity, {"ci_class": "component", "port": service.port})
        yield from _behind(estate, selection, service)
    for ingress in namespace.ingresses:
        yield _ci(estate, ingress.identity, {"ci_class": "component"})
        yield from _entered(estate, ingress)
    yield from address_dependencies(estate, namespace)


def _ci(estate: Estate, identity: Identity, values: dict[str, Raw]) -> CiObservation:
    """The CI of an object. An object that says which CI it is only confirms that one: its fields stay its own."""
    if identity.ci_id:
        return CiObservation(identity.place, identity.ci_id, {}, partial=True)
    known = {field: value for field, value in values.items() if value is not None}
    return CiObservation(identity.place, estate.own_id(identity), {"name": identity.name, **known})


def _workload_values(workload: Workload) -> dict[str, Raw]:
    images = dict.fromkeys(container.image for container in workload.containers if container.image)
    return {"ci_class": "workload", "workload_kind": workload.title, "image": ", ".join(images) or None}


def _replicas(estate: Estate, selection: Selection, workload: Workload) -> Iterator[Seen]:
    """Each replica, and the group of the workload that needs them."""
    identity, title = workload.identity, workload.identity.title
    if workload.replicas == 0:
        yield warning(identity.place, Message("kubernetes.replicas_none", {"workload": title}), "spec.replicas")
        return
    if identity.kind == "daemonset":
        yield warning(identity.place, Message("kubernetes.daemon_set", {"workload": title}))
    needed, notes = quorum_of(workload, selection.budgets(workload.labels))
    for note in notes:
        yield warning(identity.place, note)
    group: dict[str, Raw] = {"redundancy_group": REPLICAS, "min_available": str(needed)}
    for number in range(1, workload.replicas + 1):
        replica = _replica_id(estate, identity, number)
        name = f"{identity.name}/replica-{number}"
        yield CiObservation(identity.place, replica, {"ci_class": "container", "name": name})
        yield RelationshipObservation(identity.place, estate.ci_id(identity), "runs_on", replica, group)


def _replica_id(estate: Estate, identity: Identity, number: int) -> str:
    return f"{estate.own_id(identity)}/replica-{number}"


def _stored(estate: Estate, claims: Mapping[str, Claim], workload: Workload) -> Iterator[Seen]:
    """A workload stores on what all its pods mount, a replica on what is claimed for it alone."""
    identity = workload.identity
    for name in workload.claims:
        claim = claims.get(name)
        if claim is None:
            params = {"workload": identity.title, "claim": name}
            yield unresolved(identity.place, Message("kubernetes.claim_of_nobody", params), "spec.volumes")
        else:
            yield from _relationship(estate, identity, "stores_on", claim.identity)
    for number, made in _claimed(workload):
        replica, volume = _replica_id(estate, identity, number), claims[made.identity.name].identity
        yield RelationshipObservation(identity.place, replica, "stores_on", estate.ci_id(volume))


def _claimed(workload: Workload) -> Iterator[tuple[int, Claim]]:
    """Replica number and claim, for each template of a StatefulSet. Pods count from 0, replicas from 1."""
    identity = workload.identity
    for template in workload.claim_templates:
        for number in range(1, workload.replicas + 1):
            name = f"{template.name}-{identity.name}-{number - 1}"
            made = Identity("persistentvolumeclaim", identity.namespace, name, None, identity.place)
            yield number, Claim(made, template.capacity)


def _all_claims(namespace: Namespace) -> dict[str, Claim]:
    """Claims with a document of their own, and those that only a template makes."""
    made = (claim for workload in namespace.workloads for _, claim in _claimed(workload))
    return {claim.identity.name: claim for claim in made} | namespace.claims


def _behind(estate: Estate, selection: Selection, service: ServiceObject) -> Iterator[Seen]:
    """The workloads whose pods a Service selects. With several, any one of them keeps it answering."""
    identity = service.identity
    workloads = selection.workloads(service.selector)
    if not workloads:
        key = "service_outside" if service.external else "service_of_nothing"
        message = Message(f"kubernetes.{key}", {"service": identity.name, "external": service.external})
        yield unresolved(identity.place, message, "spec.externalName" if service.external else "spec.selector")
    several = len(workloads) > 1
    if several:
        spans: dict[str, ParamValue] = {"service": identity.name, "count": len(workloads)}
        yield warning(identity.place, Message("kubernetes.service_spans", spans), "spec.selector")
    group: dict[str, Raw] = {"redundancy_group": WORKLOADS, "min_available": "1"} if several else {}
    for workload in workloads:
        yield from _relationship(estate, identity, "runs_on", workload.identity, group)


def _entered(estate: Estate, ingress: Ingress) -> Iterator[Seen]:
    identity = ingress.identity
    for name in ingress.services:
        service = estate.services.get((identity.namespace, name))
        if service is None:
            params = {"ingress": identity.name, "service": shown(name)}
            yield unresolved(identity.place, Message("kubernetes.backend_of_nobody", params), "spec.rules")
        else:
            yield from _relationship(estate, identity, "depends_on", service.identity)


def _relationship(
    estate: Estate, source: Identity, kind: str, target: Identity, values: dict[str, Raw] | None = None
) -> Iterator[RelationshipObservation]:
    """A relationship from dependent to provider; none where both say that they are the same existing CI."""
    ends = estate.ci_id(source), estate.ci_id(target)
    if ends[0] != ends[1]:
        yield RelationshipObservation(source.place, ends[0], kind, ends[1], values or {})
