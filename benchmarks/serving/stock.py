"""`python -m benchmarks.serving.stock DATA_DIR`: the same data as one writes it with Strawberry in an afternoon.

A resolver a field, each asking the database for what it needs; no revision, no loaders, no limits.
"""

import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import strawberry
import uvicorn
from strawberry.asgi import GraphQL

from graph.engine import connect, open_engine
from graph.settings import Settings

CI = "MATCH (c:CI {ci_id: $id}) RETURN properties(c) AS p"
PAGE = "MATCH (c:CI) WHERE c.ci_id > $after RETURN properties(c) AS p ORDER BY c.ci_id LIMIT $first"
GROUPS = """MATCH (c:CI {ci_id: $id})-[r]->(m:CI) WHERE r.redundancy_group IS NOT NULL
RETURN r.redundancy_group AS g, m.ci_id AS m"""
OWNER = "MATCH (c:CI {ci_id: $id})-[:owned_by]->(o:CI) RETURN o.ci_id AS id"


@strawberry.type
class Group:
    """A group by its name."""

    name: str
    members: list[str]


@strawberry.type
class Ci:
    """A CI."""

    ci_id: str
    name: str
    ci_class: str
    status: str
    environment: str | None
    criticality: str | None

    @strawberry.field
    def owner(self, info: strawberry.Info) -> str | None:
        """Whose it is."""
        rows = info.context["run"](OWNER, id=self.ci_id)
        return rows[0]["id"] if rows else None

    @strawberry.field
    def redundancy_groups(self, info: strawberry.Info) -> list[Group]:
        """Its groups."""
        found: dict[str, list[str]] = {}
        for row in info.context["run"](GROUPS, id=self.ci_id):
            found.setdefault(row["g"], []).append(row["m"])
        return [Group(name=name, members=members) for name, members in found.items()]


def _ci(p: dict[str, Any]) -> Ci:
    return Ci(
        ci_id=p["ci_id"], name=p["name"], ci_class=p["ci_class"], status=p.get("status", "live"),
        environment=p.get("environment"), criticality=p.get("criticality"),
    )  # fmt: skip


@strawberry.type
class Query:
    """One, or a page."""

    @strawberry.field
    def ci(self, info: strawberry.Info, ci_id: str) -> Ci | None:
        """One."""
        rows = info.context["run"](CI, id=ci_id)
        return _ci(rows[0]["p"]) if rows else None

    @strawberry.field
    def cis(self, info: strawberry.Info, first: int, after: str = "") -> list[Ci]:
        """A page."""
        return [_ci(row["p"]) for row in info.context["run"](PAGE, first=first, after=after)]


def main(arguments: Sequence[str]) -> None:
    """Serve until killed; says its port first."""
    settings = Settings(Path(arguments[0]))
    with open_engine(settings) as endpoint, connect(endpoint, settings) as driver:

        def run(text: str, **parameters: Any) -> list[dict[str, Any]]:
            with driver.session(database=endpoint.database) as session:
                return [row.data() for row in session.run(text, **parameters)]

        class App(GraphQL[dict[str, Any], None]):
            async def get_context(self, *_: Any, **__: Any) -> dict[str, Any]:
                return {"run": run}

        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(App(strawberry.Schema(Query)), log_level="error", access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1:])
