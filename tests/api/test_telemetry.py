"""Spans tell of requests and questions where a setting says so; else nothing of it is even imported."""

import builtins
import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.server.notes import HEADER
from api.server.runtime import Runtime
from api.server.telemetry import Sending, Tracing, tracing
from graph.errors import BadInputError
from tests.api.web import over_store

SECRET = "value-of-a-variable"


def failing() -> int:
    raise RuntimeError(SECRET)


def test_a_request_and_its_questions_are_spans_without_what_was_asked() -> None:
    exporter = InMemorySpanExporter()
    sending = Sending(exporter)
    web = over_store(SimpleNamespace(revision=failing), runtime=Runtime(tracing=sending))

    answer = web.post(
        "/graphql", json={"query": "query Q($x: Boolean!) { revision @skip(if: $x) }", "variables": {"x": False}}
    )
    web.get("/nothing")
    sending.close()

    revision, request, nothing = exporter.get_finished_spans()
    assert [each.name for each in (revision, request, nothing)] == ["revision", "request", "request"]
    assert revision.parent is not None
    assert request.context is not None
    assert revision.parent.span_id == request.context.span_id
    assert request.attributes == {"faultline.request_id": answer.headers[HEADER], "http.response.status_code": 200}
    assert nothing.attributes is not None
    assert nothing.attributes["http.response.status_code"] == 404
    assert SECRET not in json.dumps([span.to_json() for span in exporter.get_finished_spans()])


@pytest.mark.processes
def test_without_the_setting_nothing_of_it_is_imported() -> None:
    script = "import sys, api.server; print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"

    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout

    assert found == "[]\n"
    assert type(tracing(None)) is Tracing


def test_where_it_is_not_installed_the_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    importing = builtins.__import__

    def without(name: str, *given: Any, **named: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return importing(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(BadInputError, match=r"limits\.no_telemetry"):
        tracing("http://127.0.0.1:4318")


def test_with_it_spans_go_where_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    sending = tracing("http://127.0.0.1:9")

    assert isinstance(sending, Sending)
    sending.close()
