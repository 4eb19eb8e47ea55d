"""A merged service in canonical form becomes what the importer knows of it."""

import re
from collections.abc import Mapping
from typing import Any

from graph.values import ValueRefused, parse_id, shown
from importers.compose.layer import Declared
from importers.compose.project import Resource, Service
from importers.compose.refused import Refused
from importers.compose.secrets import secret_names
from importers.compose.shapes import truth
from importers.digests import digest_of

MOST_REPLICAS = 10_000
LABEL = "faultline.ci_id"  # INTERFACES: says that the thing is an existing CI
_NO_RESTART = ("depends_on", "build", "scale", "deploy", "profiles", "pull_policy")
_NAMESPACES = ("network_mode", "ipc", "pid", "uts", "cgroup")  # `service:<name>` shares that service's
# registry and path, tag, digest; what is no reference (an undefined variable leaves such) makes no release
_IMAGE = re.compile(
    r"([A-Za-z0-9][^\s:@|=]*(?::\d+/[^\s:@|=]+)?)(?::([\w.-]{1,128}))?(?:@([\w+.-]+:[0-9a-fA-F]{32,}))?"
)

Said = Mapping[str, Any]  # the canonical form; its shapes were checked where it was made


def service_of(project: str, name: str, declared: Declared) -> Service:
    """The service of a project.

    Raises
    ------
    Refused
        `compose.replicas`, `compose.replicas_differ`, `compose.shape_*`, or why an id cannot be one (`values.id_*`).
    """
    said: Said = declared.fields
    replicas = _replicas(said)
    checked_id(f"{service_id(project, name)}/replica-{replicas}" if replicas > 1 else service_id(project, name))
    image = said.get("image") or None
    volumes = dict.fromkeys(volume for volume in said.get("volumes", {}).values() if volume)
    outside = [*said.get("external_links", {}), *(ref for ref in said.get("volumes_from", {}) if _of_container(ref))]
    return Service(
        name,
        declared.place,
        _ci_id({**said.get("deploy", {}).get("labels", {}), **said.get("labels", {})}),
        image,
        _release(image) if image else None,
        replicas,
        _needs(said),
        outside,
        tuple(volumes),
        tuple(said.get("networks", {})),
        tuple(secret_names(said.get("environment", {}))),
        _digest(said),
    )


def _digest(said: Said) -> str:
    # as Compose does: whom it waits for, how it is built and how many there are make no container anew
    told = {name: value for name, value in said.items() if name not in _NO_RESTART}
    return digest_of(told)


def resource_of(kind: str, project: str, key: str, declared: Declared) -> Resource:
    """The volume or network of a project; raises Refused if it cannot have an id."""
    said: Said = declared.fields
    checked_id(resource_id(kind, project, key))
    return Resource(key, said.get("name") or key, declared.place, _ci_id(said.get("labels", {})))


def service_id(project: str, name: str) -> str:
    """`compose:<project>/<service>`."""
    return f"compose:{project}/{name}"


def resource_id(kind: str, project: str, key: str) -> str:
    """`compose:<project>/volume/<v>` or `compose:<project>/network/<n>`."""
    return f"compose:{project}/{kind}/{key}"


def image_id(release: str) -> str:
    """`image:<name>:<tag>`."""
    return f"image:{release}"


def checked_id(text: str) -> str:
    """The id, if it can be one."""
    try:
        return parse_id(text)
    except ValueRefused as refused:
        raise Refused.because(refused.message) from refused


def _ci_id(labels: Said) -> str | None:
    """The CI that the labels name; no label, or one that an undefined variable left empty, names none."""
    return checked_id(labels[LABEL]) if labels.get(LABEL) else None


def _needs(said: Said) -> dict[str, bool]:
    """What `depends_on` names, and what Compose itself adds: links, namespaces and volumes of other services."""
    needs = {
        name: truth(entry.get("required", True), "depends_on.required")
        for name, entry in said.get("depends_on", {}).items()
    }
    also = list(said.get("links", {}))
    also += [said[field].removeprefix("service:") for field in _NAMESPACES if _of_service(said.get(field))]
    also += [ref.partition(":")[0] for ref in said.get("volumes_from", {}) if not _of_container(ref)]
    for name in also:
        needs.setdefault(name, True)
    return {name: required for name, required in needs.items() if name}


def _of_service(value: object) -> bool:
    return isinstance(value, str) and value.startswith("service:")


def _of_container(reference: str) -> bool:
    return reference.startswith("container:")


def _replicas(said: Said) -> int:
    deploy = said.get("deploy", {})
    replicas = None if deploy.get("mode") == "global" else deploy.get("replicas")
    written = [value.strip() for value in (said.get("scale"), replicas) if value]
    for value in written:
        if not re.fullmatch(r"\d{1,6}", value) or int(value) > MOST_REPLICAS:
            raise Refused("replicas", field="deploy.replicas", value=shown(value), most=MOST_REPLICAS)
    if len({int(value) for value in written}) > 1:
        raise Refused("replicas_differ", field="scale", scale=written[0], replicas=written[1])
    return int(written[0]) if written else 1


def _release(image: str) -> str | None:
    """`name:tag`, `name@digest` or both; `latest` where neither is given. `None` for what is no image reference."""
    match = _IMAGE.fullmatch(image.strip())
    if not match:
        return None
    name, tag, digest = match.groups()
    named = f"{name}:{tag}" if tag else name if digest else f"{name}:latest"
    full = f"{named}@{digest}" if digest else named
    return full if len(image_id(full)) <= 200 else None
