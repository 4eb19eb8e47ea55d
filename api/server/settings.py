"""What can be set for the server from outside, each with its default and its reason; read once, at the start."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from api.schema.limits import Limits
from graph.errors import BadInputError

LOGS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
PREFIX = "FAULTLINE_LIMIT_"
MOST = 10**12
Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What one request, and all of one actor, may take. Times in seconds."""

    body_bytes: int = 1_000_000  # a query of a person or script has hundreds
    body_seconds: float = 10.0  # until all of a body is there: a megabyte over a slow line takes less
    answer_seconds: float = 30.0  # until a client has taken a part of its answer: who does not read holds a place
    document_characters: int = 20_000  # the longest document of a page of ours has a tenth
    nesting: int = 40  # levels of JSON, and of braces in a document; `core.graphql` needs eight
    query_seconds: float = 30.0  # nobody looks at a page for longer; the worst answer at a million CIs takes a tenth
    rate: int = 10_000  # requests of an actor in RATE_SECONDS; twice what one process can answer
    running: int = 64  # requests at once, four for each connection to the database
    running_per_actor: int = 32  # a browser asks six at once
    waiting_per_actor: int = 128  # requests that wait until there is room; a second of a busy page and its scripts
    waiting_seconds: float = 5.0  # that one waits for room, before it is sent away


@dataclass(frozen=True)
class ServerSettings:
    """Settings of a server beside those of its register. Times in seconds."""

    document: Limits = field(default_factory=Limits)
    request: RequestLimits = field(default_factory=RequestLimits)
    log: str = "text"
    log_level: str = "info"
    metrics_open: bool = False  # whether /metrics is answered without a token
    ready_lag: float = 30.0  # how long the estate may be behind the store before others had better answer
    drain_seconds: float = 0.0  # that a stopping server goes on listening, until a balancer has seen /readyz
    trusted_only: bool = False  # whether only documents that are known here are executed
    trusted_documents: Path | None = None  # a folder of such documents, beside those of the pages
    telemetry: str | None = None  # where OpenTelemetry's spans are sent

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "ServerSettings":
        """The settings that environment variables choose.

        Raises BadInputError, naming the variable, for a value that cannot be used.
        """
        env = os.environ if environment is None else environment
        folder = env.get("FAULTLINE_TRUSTED_DOCUMENTS")
        return cls(
            document=_table(Limits, env),
            request=_table(RequestLimits, env),
            log=_choice(env, "FAULTLINE_LOG", LOGS, cls.log),
            log_level=_choice(env, "FAULTLINE_LOG_LEVEL", LEVELS, cls.log_level),
            metrics_open=_choice(env, "FAULTLINE_METRICS_OPEN", ("0", "1"), "0") == "1",
            ready_lag=_number(env, "FAULTLINE_READY_LAG", float, cls.ready_lag),
            drain_seconds=_number(env, "FAULTLINE_DRAIN_SECONDS", float, cls.drain_seconds, 0, 300),
            trusted_only=_choice(env, "FAULTLINE_TRUSTED_ONLY", ("0", "1"), "0") == "1",
            trusted_documents=Path(folder) if folder else None,
            telemetry=env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
        )


def _table(kind: Callable[..., Table], env: Mapping[str, str]) -> Table:
    given: dict[str, Any] = {}
    for each in fields(kind):  # type: ignore[arg-type]  # a class of data
        as_number: Callable[[str], Any] = float if each.type is float else int
        given[each.name] = _number(env, PREFIX + each.name.upper(), as_number, each.default)
    return kind(**given)


def _number(
    env: Mapping[str, str],
    name: str,
    as_number: Callable[[str], Any],
    default: Any,
    least: float = 1,
    most: float = MOST,
) -> Any:
    text = env.get(name, "").strip()
    if not text:
        return default
    try:
        found = as_number(text)
    except ValueError:
        found = None
    # no number is within bounds that it cannot be compared with
    if found is None or not least <= found <= most:
        raise BadInputError("limits.setting", name=name, value=text[:60], least=least)
    return found


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    found = env.get(name, "").strip().lower() or default
    if found not in choices:
        raise BadInputError("limits.choice", name=name, value=found[:60], choices=", ".join(choices))
    return found
