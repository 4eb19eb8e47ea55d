"""A Compose project becomes CIs and relationships (INTERFACES, "Compose and Kubernetes")."""

from collections.abc import Iterator, Mapping, Sequence

from graph.errors import Message
from importers.compose.project import Project, Resource, Service
from importers.compose.refused import warning
from importers.compose.services import image_id, resource_id, service_id
from importers.model import CiObservation, Finding, Place, Raw, RelationshipObservation, Seen, Weight

IMPLIED = "default"  # the network that every project has
REPLICAS = "replicas"  # the redundancy group of a service
NAMED = 20  # of many, this many are named in a message


def seen_in(project: Project) -> Iterator[Seen]:
    """All that is to be said of a project, in the order of its files. Relationships go from dependent to provider."""
    yield from project.findings
    yield from _Transformation(project).seen()


class _Transformation:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._services = {service.name: service for service in project.services}
        self._volumes = {volume.key: volume for volume in project.volumes}
        self._networks = {network.key: network for network in project.networks if network.key != IMPLIED}

    def seen(self) -> Iterator[Seen]:
        for volume in self._volumes.values():
            yield self._resource("volume", volume)
        for network in self._networks.values():
            yield self._resource("network", network)
        yield from self._releases()
        for service in self._project.services:
            yield from self._service(service)
        yield from _secrets(self._project)

    def _resource(self, kind: str, resource: Resource) -> CiObservation:
        if resource.ci_id:
            return CiObservation(resource.place, resource.ci_id, {}, partial=True)
        own = resource_id(kind, self._project.name, resource.key)
        return CiObservation(resource.place, own, {"ci_class": kind, "name": resource.name})

    def _releases(self) -> Iterator[Seen]:
        known: set[str] = set()
        for service in self._project.services:
            if service.image and service.release is None:
                field = f"services.{service.name}.image"
                yield warning(service.place, "image_form", field, service=service.name)
            if service.release and service.release not in known:
                known.add(service.release)
                values: dict[str, Raw] = {"ci_class": "software_release", "name": service.release}
                tag = service.release.rpartition("/")[2].partition("@")[0].partition(":")[2]
                yield CiObservation(
                    service.place, image_id(service.release), values | ({"version": tag} if tag else {})
                )

    def _service(self, service: Service) -> Iterator[Seen]:
        if service.ci_id:
            yield CiObservation(service.place, service.ci_id, {}, partial=True)
        else:
            values: dict[str, Raw] = {"ci_class": "container", "name": service.name}
            values |= {"image": service.image} if service.image else {}
            yield CiObservation(service.place, self._id(service), values)
        if service.release:
            yield from self._related(service, "contains_release", image_id(service.release))
        yield from self._replicas(service)
        yield from self._needs(service)
        yield from self._uses(service, "volume", "stores_on", service.volumes, self._volumes)
        networks = [name for name in service.networks if name != IMPLIED]
        yield from self._uses(service, "network", "connects_through", networks, self._networks)

    def _id(self, service: Service) -> str:
        return service.ci_id or service_id(self._project.name, service.name)

    def _related(
        self, service: Service, kind: str, target: str, values: Mapping[str, Raw] | None = None
    ) -> Iterator[Seen]:
        # two services may say that they are the same existing CI; one that needs itself is wrong, and is told so later
        if self._id(service) != target or service.name in service.needs:
            yield RelationshipObservation(service.place, self._id(service), kind, target, values or {})

    def _replicas(self, service: Service) -> Iterator[Seen]:
        if service.replicas == 0:
            yield warning(service.place, "replicas_none", f"services.{service.name}", service=service.name)
        if service.replicas <= 1:
            return
        for number in range(1, service.replicas + 1):
            replica = f"{service_id(self._project.name, service.name)}/replica-{number}"
            name = f"{service.name}/replica-{number}"
            yield CiObservation(service.place, replica, {"ci_class": "container", "name": name})
            yield from self._related(service, "runs_on", replica, {"redundancy_group": REPLICAS, "min_available": "1"})

    def _needs(self, service: Service) -> Iterator[Seen]:
        for name, required in service.needs.items():
            if name in self._services:
                strength: dict[str, Raw] = {} if required else {"strength": "soft"}
                yield from self._related(service, "depends_on", self._id(self._services[name]), strength)
            else:
                yield _unresolved(service, "service_of_nobody", "depends_on", name)
        for name in service.outside:
            yield _unresolved(service, "outside", "external_links", name)

    def _uses(
        self, service: Service, kind: str, relationship: str, used: Sequence[str], declared: Mapping[str, Resource]
    ) -> Iterator[Seen]:
        for key in used:
            if key in declared:
                target = declared[key].ci_id or resource_id(kind, self._project.name, key)
                yield from self._related(service, relationship, target)
            else:
                yield _unresolved(service, f"{kind}_of_nobody", f"{kind}s", key)


def _unresolved(service: Service, key: str, field: str, target: str) -> Finding:
    message = Message(f"compose.{key}", {"service": service.name, "target": target[:60]})
    return Finding(Weight.UNRESOLVED, service.place, message, f"services.{service.name}.{field}")


def _secrets(project: Project) -> Iterator[Finding]:
    named = [f"{service.name}.{variable}" for service in project.services for variable in service.secrets]
    if named:
        some = ", ".join(named[:NAMED]) + (" …" if len(named) > NAMED else "")
        place = next(service.place for service in project.services if service.secrets)
        yield warning(Place(place.file, place.line), "secrets", "environment", count=len(named), names=some[:1_000])
