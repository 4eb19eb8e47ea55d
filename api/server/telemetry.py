"""OpenTelemetry: a span for each request and each question, where a setting says where to send them.

Nothing of it is imported otherwise. Spans hold names and numbers, no documents, variables or tokens.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from graph.errors import BadInputError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

Value = str | int
Note = Callable[[str, Value], None]
LAST_WORDS = 2.0  # seconds that the end of a server waits for spans to be sent


def _nowhere(_: str, __: Value) -> None:
    pass


class Tracing:
    """Spans that are noted nowhere."""

    @contextlib.contextmanager
    def span(self, name: str) -> Iterator[Note]:
        """A span as long as the block; what it gives notes an attribute of it."""
        yield _nowhere

    def close(self) -> None:
        """Send what is left."""


class Sending(Tracing):
    """Spans that are sent by an exporter, some at once."""

    def __init__(self, exporter: "SpanExporter") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": "faultline"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("faultline")

    @contextlib.contextmanager
    def span(self, name: str) -> Iterator[Note]:
        """A span below the one that is open in this context."""
        # the text of an error may hold what was asked
        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
            yield span.set_attribute

    def close(self) -> None:
        """Send what is left, for as long as the end of a server may take."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(LAST_WORDS)


def tracing(endpoint: str | None) -> Tracing:
    """Spans sent by OTLP over HTTP (the exporter reads its own variables), or noted nowhere.

    Raises BadInputError `limits.no_telemetry` where OpenTelemetry is not installed.
    """
    if endpoint is None:
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise BadInputError("limits.no_telemetry") from error
    return Sending(OTLPSpanExporter())
