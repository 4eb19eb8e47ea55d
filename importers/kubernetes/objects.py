"""What is read of a Kubernetes object: frozen types, without the values of secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from graph.errors import Message
from importers.kubernetes.selectors import Selector
from importers.model import Place

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Identity:
    """Which object it is. `kind` is lower case, `ci_id` the existing CI that a `faultline.ci_id` names.

    Two identities are equal wherever they were found.
    """

    kind: str
    namespace: str
    name: str
    ci_id: str | None = None
    place: Place = field(default=Place(""), compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What a cluster allows once."""
        return self.kind, self.namespace, self.name

    @property
    def title(self) -> str:
        """As people name it: `deployment/frontend`."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable: its text, or the key of a ConfigMap that holds it."""

    name: str
    text: str | None = None
    config: str | None = None
    key: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class WholeConfig:
    """Every key of a ConfigMap as a variable, its name prefixed."""

    config: str
    prefix: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """One container (or initial container) of a workload: what its variables are set from, in order."""

    image: str | None
    whole: tuple[WholeConfig, ...]
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class ClaimTemplate:
    """A volume that a StatefulSet claims for each of its replicas."""

    name: str
    capacity: str | None


@dataclass(frozen=True, slots=True)
class Workload:
    """Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob or a bare Pod.

    `digest`: of the template of its pods, which are made anew when that is changed; `rolls`: one after another.
    """

    identity: Identity
    title: str  # the kind as Kubernetes spells it
    labels: Mapping[str, str]  # of its pods
    replicas: int
    containers: tuple[Container, ...]
    claims: tuple[str, ...] = ()
    claim_templates: tuple[ClaimTemplate, ...] = ()
    digest: str = field(default="", compare=False)
    rolls: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class ServiceObject:
    """A Service: the labels of the pods behind it, its port if it has one only, the outside name it stands for."""

    identity: Identity
    selector: Mapping[str, str]
    port: int | None = None
    external: str | None = None


@dataclass(frozen=True, slots=True)
class Ingress:
    """An Ingress: the names of the Services behind it."""

    identity: Identity
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """A ConfigMap: no CI, but its texts may be variables of a workload."""

    identity: Identity
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A PersistentVolumeClaim."""

    identity: Identity
    capacity: str | None


@dataclass(frozen=True, slots=True)
class Amount:
    """A count of pods, or a percentage of them."""

    number: int
    percent: bool = False

    def of(self, replicas: int) -> int:
        """How many of `replicas`. Kubernetes rounds percentages up, for what must stay and for what may go alike."""
        return -(-self.number * replicas // 100) if self.percent else self.number


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget: how many of the selected pods must stay, or how many may go."""

    identity: Identity
    selector: Selector
    stay: Amount | None
    go: Amount | None


@dataclass(frozen=True, slots=True)
class Controlled:
    """A pod or set that a controller made: part of that one, no workload of its own."""

    identity: Identity
    owner_kind: str
    owner: str


@dataclass(frozen=True, slots=True)
class Unread:
    """An object of a kind that makes nothing here."""

    place: Place
    kind: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A document that can be read and is wrong (second level)."""

    place: Place
    message: Message
    field: str | None


Named = Workload | ServiceObject | Ingress | ConfigMap | Claim | Budget
Document = Named | Controlled | Unread | Broken
