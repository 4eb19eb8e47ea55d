"""Where a database answers, and a driver that speaks with it."""

from dataclasses import dataclass
from pathlib import Path

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError, ServiceUnavailable

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


def connect(endpoint: Endpoint, settings: Settings) -> neo4j.Driver:
    """A driver for the endpoint, checked once: it answers, takes the password, and is new enough.

    Raises StorageError: `engine.unreachable`, `engine.wrong_password`, `engine.too_old`.
    """
    driver = neo4j.GraphDatabase.driver(
        endpoint.uri,
        auth=(endpoint.user, endpoint.password) if endpoint.password else None,
        max_connection_pool_size=settings.pool_size,
        connection_timeout=settings.connect_timeout,
        connection_acquisition_timeout=settings.acquire_timeout,
        max_connection_lifetime=settings.connection_lifetime,
        max_transaction_retry_time=settings.retry_seconds,
        keep_alive=True,
        telemetry_disabled=True,
        notifications_min_severity="OFF",
        user_agent=AGENT,
    )
    try:
        _check(driver, endpoint)
    except BaseException:
        driver.close()
        raise
    return driver


def _check(driver: neo4j.Driver, endpoint: Endpoint) -> None:
    try:
        agent = driver.get_server_info().agent
        with driver.session(database=endpoint.database) as session:
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
