"""One object as written becomes a typed document: what is read of each kind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from graph.values import ValueRefused, parse_id, shown
from importers.digests import digest_of
from importers.kubernetes.objects import (
    Amount,
    Broken,
    Budget,
    Claim,
    ClaimTemplate,
    ConfigMap,
    Container,
    Controlled,
    Document,
    Identity,
    Ingress,
    ServiceObject,
    Unread,
    Variable,
    WholeConfig,
    Workload,
)
from importers.kubernetes.selectors import selector_of
from importers.kubernetes.shapes import Misshapen, Node
from importers.model import Place

MOST_REPLICAS = 10_000  # of one workload; more is a typing error and would flood the graph
LONGEST_ID_END = len("/replica-") + len(str(MOST_REPLICAS))
EXISTING_CI: Final = "faultline.ci_id"
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?")
_AMOUNT = re.compile(r"(\d{1,9})(%?)")
_WORKLOAD_KINDS = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
)


def parse_object(values: Mapping[object, object], place: Place, cluster: str) -> Document:
    """The typed document of one object; `Broken` when it is half, misshapen or misnamed.

    `cluster` is part of every id, whose length is checked here so that a workload is refused with its replicas.
    """
    try:
        return _parsed(Node(values), place, cluster)
    except Misshapen as refused:
        return Broken(place, refused.message, refused.field)
    except ValueRefused as refused:
        return Broken(place, refused.message, "metadata")


def _parsed(root: Node, place: Place, cluster: str) -> Document:
    version, kind = root.text("apiVersion"), root.text("kind")
    if not version or not kind:
        raise Misshapen("kind" if version else "apiVersion", "missing")
    group = version.partition("/")[0] if "/" in version else ""
    read = READERS.get((group, kind))
    if read is None:
        return Unread(place, shown(f"{kind}.{group}" if group else kind))
    metadata = root.required("metadata")
    identity = _identity(metadata, kind, place, cluster)
    owner = _controller(metadata)
    if owner is not None and kind in {"Pod", "ReplicaSet", "Job"} and owner[0] in _WORKLOAD_KINDS:
        return Controlled(identity, *owner)
    return _checked(read(root, identity), cluster)


def _checked(document: Document, cluster: str) -> Document:
    """Refuses a StatefulSet whose volumes would have ids that are too long."""
    if isinstance(document, Workload):
        for template in document.claim_templates:
            where = f"k8s:{cluster}/{document.identity.namespace}/persistentvolumeclaim"
            parse_id(f"{where}/{template.name}-{document.identity.name}-{MOST_REPLICAS}")
    return document


def _identity(metadata: Node, kind: str, place: Place, cluster: str) -> Identity:
    name, namespace = metadata.text("name"), metadata.text("namespace") or "default"
    if not name:
        raise Misshapen(metadata.at("name"), "missing")
    for field, text in (("name", name), ("namespace", namespace)):
        if not _NAME.fullmatch(text):
            raise Misshapen(metadata.at(field), "name", value=shown(text))
    parse_id(f"k8s:{cluster}/{namespace}/{kind}/{name}" + "0" * LONGEST_ID_END)
    existing = metadata.texts("annotations").get(EXISTING_CI) or metadata.texts("labels").get(EXISTING_CI)
    return Identity(kind.lower(), namespace, name, parse_id(existing) if existing else None, place)


def _controller(metadata: Node) -> tuple[str, str] | None:
    for owner in metadata.nodes("ownerReferences"):
        if owner.text("controller") == "true":
            return owner.text("kind") or "", owner.text("name") or ""
    return None


def _many(root: Node, identity: Identity) -> Workload:
    """What keeps `spec.replicas` pods (1 when it does not say)."""
    spec = root.required("spec")
    return _workload(root, identity, spec.required("template"), spec.integer("replicas", 1, MOST_REPLICAS))


def _stateful_set(root: Node, identity: Identity) -> Workload:
    templates = tuple(
        ClaimTemplate(_claim_name(node.required("metadata"), "name"), _capacity(node.node("spec")))
        for node in root.required("spec").nodes("volumeClaimTemplates")
    )
    return replace(_many(root, identity), claim_templates=templates)


def _daemon_set(root: Node, identity: Identity) -> Workload:
    return _workload(root, identity, root.required("spec").required("template"), 1)


def _job(root: Node, identity: Identity) -> Workload:
    spec = root.required("spec")
    return _workload(root, identity, spec.required("template"), spec.integer("parallelism", 1, MOST_REPLICAS))


def _cron_job(root: Node, identity: Identity) -> Workload:
    spec = root.required("spec").required("jobTemplate").required("spec")
    return _workload(root, identity, spec.required("template"), spec.integer("parallelism", 1, MOST_REPLICAS))


def _pod(root: Node, identity: Identity) -> Workload:
    return _workload(root, identity, root, 1)


def _workload(root: Node, identity: Identity, template: Node, replicas: int) -> Workload:
    spec = template.required("spec")
    if not spec.has("containers"):
        raise Misshapen(spec.at("containers"), "missing")
    containers = [_container(node) for name in ("initContainers", "containers") for node in spec.nodes(name)]
    claims = (node.node("persistentVolumeClaim") for node in spec.nodes("volumes"))
    return Workload(
        identity,
        title=root.text("kind") or "",
        labels=template.node("metadata").texts("labels"),
        replicas=replicas,
        containers=tuple(containers),
        claims=tuple(dict.fromkeys(_claim_name(node, "claimName") for node in claims if node.values)),
        digest=digest_of(template.values),
        rolls=root.node("spec").node("strategy").text("type") != "Recreate",
    )


def _claim_name(node: Node, field: str) -> str:
    name = node.text(field)
    if not name or not _NAME.fullmatch(name):
        raise Misshapen(node.at(field), "name", value=shown(name or ""))
    return name


def _container(node: Node) -> Container:
    whole = (
        WholeConfig(reference.text("name") or "", source.text("prefix") or "", reference.text("optional") == "true")
        for source in node.nodes("envFrom")
        if (reference := source.node("configMapRef")).values
    )
    return Container(node.text("image"), tuple(whole), tuple(_variable(entry) for entry in node.nodes("env")))


def _variable(node: Node) -> Variable:
    name = node.text("name") or ""
    reference = node.node("valueFrom").node("configMapKeyRef")  # a secretKeyRef is never followed
    if not reference.values:
        return Variable(name, node.text("value"))
    return Variable(
        name,
        config=reference.text("name") or "",
        key=reference.text("key") or "",
        optional=reference.text("optional") == "true",
    )


def _service(root: Node, identity: Identity) -> ServiceObject:
    spec = root.required("spec")
    ports = [port.integer("port", 0, 65_535) for port in spec.nodes("ports")]
    external = spec.text("externalName") if spec.text("type") == "ExternalName" else None
    return ServiceObject(
        identity,
        {} if external else spec.texts("selector"),
        port=ports[0] if len(ports) == 1 and ports[0] else None,
        external=shown(external) if external else None,
    )


def _ingress(root: Node, identity: Identity) -> Ingress:
    spec = root.required("spec")
    backends = [spec.node("defaultBackend"), spec.node("backend")]
    for rule in spec.nodes("rules"):
        backends += [path.node("backend") for path in rule.node("http").nodes("paths")]
    names = (backend.node("service").text("name") or backend.text("serviceName") for backend in backends)
    return Ingress(identity, tuple(dict.fromkeys(name for name in names if name)))


def _config_map(root: Node, identity: Identity) -> ConfigMap:
    return ConfigMap(identity, root.texts("data"))


def _claim(root: Node, identity: Identity) -> Claim:
    return Claim(identity, _capacity(root.required("spec")))


def _capacity(spec: Node) -> str | None:
    return spec.node("resources").node("requests").text("storage")


def _budget(root: Node, identity: Identity) -> Budget:
    spec = root.required("spec")
    stay, go = _amount(spec, "minAvailable"), _amount(spec, "maxUnavailable")
    if stay is not None and go is not None:
        raise Misshapen(spec.at("maxUnavailable"), "budget_both")
    empty_selects = root.text("apiVersion") != "policy/v1beta1"
    return Budget(identity, selector_of(spec, empty_selects=empty_selects), stay, go)


def _amount(spec: Node, field: str) -> Amount | None:
    written = spec.text(field)
    if written is None:
        return None
    match = _AMOUNT.fullmatch(written)
    if not match or (match.group(2) and int(match.group(1)) > 100):
        raise Misshapen(spec.at(field), "amount", value=shown(written))
    return Amount(int(match.group(1)), percent=bool(match.group(2)))


# (API group, kind) → how it is read; the core group has no name, `extensions` is where some kinds began
READERS: Final[Mapping[tuple[str, str], Callable[[Node, Identity], Document]]] = {
    ("apps", "Deployment"): _many,
    ("extensions", "Deployment"): _many,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("extensions", "DaemonSet"): _daemon_set,
    ("apps", "ReplicaSet"): _many,
    ("extensions", "ReplicaSet"): _many,
    ("", "ReplicationController"): _many,
    ("batch", "Job"): _job,
    ("batch", "CronJob"): _cron_job,
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("extensions", "Ingress"): _ingress,
    ("", "ConfigMap"): _config_map,
    ("", "PersistentVolumeClaim"): _claim,
    ("policy", "PodDisruptionBudget"): _budget,
}
