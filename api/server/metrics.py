"""What Prometheus reads at `/metrics`: a registry of its own for each application."""

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from api.server.telemetry import Tracing
from api.watching.watch import Progress

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
MEDIA = "text/plain; version=0.0.4; charset=utf-8"
UNKNOWN = -1.0  # a revision that could not be read


class Metrics:
    """Everything that is measured; names are in `docs/limits.md`."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Histogram(
            "faultline_request_seconds", "Time of a request until its answer is sent", ("route", "status"),
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.questions = Histogram(
            "faultline_question_seconds", "Time of a root field of GraphQL", ("field",),
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.refused = Counter(
            "faultline_refused", "Requests refused or not answered, by key", ("key",), registry=registry
        )
        self.running = Gauge("faultline_requests_running", "Requests being answered", registry=registry)
        self.waiting = Gauge("faultline_requests_waiting", "Requests waiting for room", registry=registry)
        self.given_up = Gauge("faultline_requests_given_up", "Too slow ones that still work", registry=registry)
        self.store = Gauge("faultline_revision_store", "Last revision of the store, -1 unread", registry=registry)
        self.estate = Gauge("faultline_revision_estate", "Revision of the estate in memory", registry=registry)
        self.lag = Gauge("faultline_revision_lag", "Revisions that the estate is behind the store", registry=registry)
        self.lag_seconds = Gauge("faultline_revision_lag_seconds", "For how long it has been", registry=registry)
        self.watched = Gauge(
            "faultline_watch_revision", "Revision up to which the watch follows, -1 it does not", registry=registry
        )
        self.to_look_at = Gauge(
            "faultline_watch_waiting", "Changes that the watch is to look at", ("distance",), registry=registry
        )
        self.in_use = Gauge("faultline_database_connections_used", "Connections in use", registry=registry)
        self.pool = Gauge("faultline_database_connections_most", "Most connections at once", registry=registry)
        self._engine = Info("faultline_engine", "The database", registry=registry)
        Info("faultline_build", "This program", registry=registry).info({"version": version("faultline")})
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)

    def describe(self, engine: str, pool_size: int) -> None:
        """What stays the same: the kind of engine and the size of its pool."""
        self._engine.info({"kind": engine})
        self.pool.set(pool_size)

    def revisions(self, store: int | None, estate: int | None) -> None:
        """The revisions of store and estate, `None` where one is not known."""
        self.store.set(UNKNOWN if store is None else store)
        self.estate.set(UNKNOWN if estate is None else estate)
        if store is not None:
            self.lag.set(max(0, store - max(0, estate or 0)))

    def watch(self, found: Progress) -> None:
        """How far the watch is."""
        self.watched.set(found.revision)
        for distance, count in (("near", found.near), ("far", found.far)):
            self.to_look_at.labels(distance).set(count)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


def measured(field: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
    """A root field's resolver that notes how long it takes, where the context of the request has a `Runtime`."""

    def resolved(source: Any, info: Any, **given: Any) -> Any:
        began, runtime = time.perf_counter(), info.context.get("runtime")
        found = resolve(source, info, **given)
        if runtime is None:
            return found
        seconds = runtime.metrics.questions.labels(field)
        if isinstance(found, Awaitable):
            return awaited(found, seconds, began, runtime.tracing)
        seconds.observe(time.perf_counter() - began)
        return found

    async def awaited(found: Awaitable[Any], seconds: Histogram, began: float, tracing: Tracing) -> Any:
        try:
            with tracing.span(field):
                return await found
        finally:
            seconds.observe(time.perf_counter() - began)

    return resolved
