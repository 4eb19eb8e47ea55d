"""Kubernetes manifests and dumps become workloads, replicas, Services and volumes."""

from collections.abc import Iterator
from typing import Final

from graph.errors import BadInputError
from graph.values import ValueRefused, parse_id, shown
from importers.kubernetes.objects import (
    Broken,
    Budget,
    Claim,
    ConfigMap,
    Controlled,
    Document,
    Ingress,
    ServiceObject,
    Unread,
    Workload,
)
from importers.kubernetes.reading import read_documents
from importers.kubernetes.transform import parts_of
from importers.model import Part, Request

LONGEST_CLUSTER = 100  # characters; the rest of an id's 200 is for namespace, kind and name
DOCUMENTS = (Workload, ServiceObject, Ingress, ConfigMap, Claim, Budget, Controlled, Unread, Broken)


class _Kubernetes:
    """The data source `kubernetes`. Its scopes are the namespaces of a cluster, and every run is a full one of them."""

    name: Final = "kubernetes"
    always_full: Final = True

    def get(self, request: Request) -> Iterator[Document]:
        """Typed documents of all paths; see `read_documents`."""
        try:
            parse_id(request.cluster)
        except ValueRefused as refused:
            raise BadInputError("kubernetes.cluster_name", value=shown(request.cluster)) from refused
        if len(request.cluster) > LONGEST_CLUSTER:
            raise BadInputError("kubernetes.cluster_name", value=shown(request.cluster))
        yield from read_documents(request)

    def transform(self, documents: Iterator[object], request: Request) -> Iterator[Part]:
        """One part for each namespace; see `parts_of`."""
        ours = (document for document in documents if isinstance(document, DOCUMENTS))
        return parts_of(ours, request.cluster, request.scope)


SOURCE = _Kubernetes()
