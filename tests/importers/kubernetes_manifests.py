"""Manifests for tests, and what the importer says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from importers.kubernetes import SOURCE
from importers.model import CiObservation, Finding, Part, Raw, RelationshipObservation, Request, Seen, Weight

Manifest = dict[str, Any]


def deployment(
    name: str, *, env: Mapping[str, str] | None = None, kind: str = "Deployment", **spec: object
) -> Manifest:
    """A workload whose pods carry the label `app: <name>`."""
    variables = [{"name": key, "value": value} for key, value in (env or {}).items()]
    pod = {"containers": [{"name": "main", "image": f"{name}:1", "env": variables}]}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    group = "batch/v1" if kind in {"Job", "CronJob"} else "apps/v1"
    return {"apiVersion": group, "kind": kind, "metadata": {"name": name}, "spec": {"template": template, **spec}}


def service(name: str, selector: Mapping[str, str] | None = None, **spec: object) -> Manifest:
    """A Service of the workload of its own name."""
    chosen = {"app": name} if selector is None else dict(selector)
    ports = [{"port": 80}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": chosen, "ports": ports, **spec},
    }


def budget(app: str, name: str = "budget", **spec: object) -> Manifest:
    """A PodDisruptionBudget of the pods of one app."""
    selector = {"selector": {"matchLabels": {"app": app}}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {**selector, **spec},
    }


def of(manifest: Manifest, **metadata: object) -> Manifest:
    """The manifest with further metadata (namespace, labels, annotations, ownerReferences)."""
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


@dataclass(frozen=True)
class Read:
    """What came out, taken together."""

    parts: list[Part]
    seen: list[Seen]

    @property
    def scopes(self) -> list[str]:
        return [part.scope for part in self.parts]

    @property
    def cis(self) -> dict[str, Mapping[str, Raw]]:
        return {each.ci_id: each.values for each in self.seen if isinstance(each, CiObservation)}

    def related(self, kind: str) -> list[tuple[str, str]]:
        """(source, target) of the relationships of a type, ids without `k8s:default/default/`."""
        prefix = "k8s:default/default/"
        return [
            (each.source.removeprefix(prefix), each.target.removeprefix(prefix))
            for each in self.seen
            if isinstance(each, RelationshipObservation) and each.type == kind
        ]

    def quorums(self, source: str) -> set[Raw]:
        return {
            each.values.get("min_available")
            for each in self.seen
            if isinstance(each, RelationshipObservation) and each.type == "runs_on" and each.source.endswith(source)
        }

    def findings(self, weight: Weight) -> list[Finding]:
        return [each for each in self.seen if isinstance(each, Finding) and each.weight is weight]

    def keys(self, weight: Weight) -> list[str]:
        return [finding.message.key.removeprefix("kubernetes.") for finding in self.findings(weight)]


def read(*paths: Path | str, cluster: str = "default", scope: str | None = None, **options: Any) -> Read:
    """Run the importer's two pure stages over files."""
    # this importer reads no setting
    request = Request(paths=paths, settings=cast("Any", None), cluster=cluster, scope=scope, **options)
    parts = [Part(part.scope, list(part.seen)) for part in SOURCE.transform(SOURCE.get(request), request)]
    return Read(parts, [each for part in parts for each in part.seen])
