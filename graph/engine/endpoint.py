"""Where a database answers, and a line to it."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError, ServiceUnavailable

from graph.engine.line import Line
from graph.errors import StorageError
from graph.settings import Settings

OLDEST = (5, 26)  # the release whose Cypher our statements are written and tested for
AGENT = "faultline"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A database to talk to. `lock_dir`: where writers of an engine on this machine queue; `None` for a remote one."""

    uri: str
    user: str
    password: str
    database: str | None
    kind: str
    lock_dir: Path | None = None


def connect(endpoint: Endpoint, settings: Settings) -> Line:
    """A line to the endpoint, checked once: it answers, takes the password, and is new enough.

    Raises StorageError: `engine.unreachable`, `engine.wrong_password`, `engine.too_old`.
    """
    line = Line(partial(_driver, endpoint, settings))
    try:
        _check(line, endpoint)
    except BaseException:
        line.close()
        raise
    return line


def _driver(endpoint: Endpoint, settings: Settings, **changed: Any) -> neo4j.Driver:
    options: dict[str, Any] = {
        "auth": (endpoint.user, endpoint.password) if endpoint.password else None,
        "max_connection_pool_size": settings.pool_size,
        "connection_timeout": settings.connect_timeout,
        "connection_acquisition_timeout": settings.acquire_timeout,
        "max_connection_lifetime": settings.connection_lifetime,
        "max_transaction_retry_time": settings.retry_seconds,
        "liveness_check_timeout": settings.idle_seconds,
        "keep_alive": True,
        "telemetry_disabled": True,
        "notifications_min_severity": "OFF",
        "user_agent": AGENT,
    }
    return neo4j.GraphDatabase.driver(endpoint.uri, **{**options, **changed})


def _check(line: Line, endpoint: Endpoint) -> None:
    try:
        agent = line.get_server_info().agent
        with line.session(database=endpoint.database) as session:
            session.run("RETURN 1").consume()
    except AuthError as error:
        raise StorageError("engine.wrong_password", uri=endpoint.uri, user=endpoint.user) from error
    except ServiceUnavailable as error:
        raise StorageError("engine.unreachable", uri=endpoint.uri) from error
    except (DriverError, Neo4jError) as error:
        code = str(getattr(error, "code", None) or type(error).__name__)
        raise StorageError("engine.refused", uri=endpoint.uri, reason=code) from error
    version = version_of(str(agent))
    if version is None or version < OLDEST:
        raise StorageError("engine.too_old", agent=str(agent)[:60], oldest=".".join(map(str, OLDEST)))


def version_of(agent: str) -> tuple[int, int] | None:
    """Major and minor of `Neo4j/5.26.0 …`; `None` for another product."""
    product, _, rest = agent.partition("/")
    parts = rest.split()[0].split(".") if rest.split() else []
    if product != "Neo4j" or len(parts) < 2 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    return int(parts[0]), int(parts[1])
