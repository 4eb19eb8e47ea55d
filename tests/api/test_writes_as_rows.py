"""What is written over the API and the same rows imported as an inventory leave the same graph, and refuse alike."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from api.register import Register
from graph.errors import BadInputError
from graph.settings import Settings
from tests.api.test_writes import done
from tests.api.web import Web, over
from tests.engines import Database, imported

IDS = ("app-1", "app-2", "db-1", "db-2", "site-1", "team-1", "e\u0301", "bad id", "a\u200bb")
CLASSES = ("application", "database_instance", "site", "team", "hots")
ATTRIBUTES: dict[str, tuple[Any, ...]] = {
    "site": ("site-1", "nowhere", None), "owner": ("team-1", None), "failover_to": ("db-2", "app-1"),
    "recovery_time": ("4h", 60, "4 hrs", None, 2**63), "serial": ("S1", "S2", None), "fqdn": ("a.example", None),
    "criticality": ("high", "HIGH", "odd"), "status": ("planned", "retired", None), "own column": ("x", 5, True, 2**70),
    "version": ("", "1", ["a", "b"], {"a": 1}), "cafe\u0301": ("e\u0301",),
}  # fmt: skip
TYPES = ("depends_on", "runs_on", "powered_by", "owned_by", "depend_on")
LINK: dict[str, tuple[Any, ...]] = {
    "strength": ("hard", "soft", "weak"), "redundancy_group": ("g", "h", None), "min_available": ("1", "2", "50%", "0"),
}  # fmt: skip
SCHEMA_OF = {"ci_id": "ciId", "name": "name", "ci_class": "ciClass"}
SCHEMA = {"redundancy_group": "redundancyGroup", "min_available": "minAvailable"}


def some(columns: dict[str, tuple[Any, ...]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in columns.items()})


def a_ci() -> st.SearchStrategy[dict[str, Any]]:
    named = st.fixed_dictionaries(
        {"ci_id": st.sampled_from(IDS)},
        optional={"name": st.sampled_from(("one", "二")), "ci_class": st.sampled_from(CLASSES)},
    )
    return st.tuples(named, some(ATTRIBUTES)).map(lambda parts: {**parts[1], **parts[0]})


def a_link() -> st.SearchStrategy[dict[str, Any]]:
    ends = {"source": st.sampled_from(IDS[:5]), "type": st.sampled_from(TYPES), "target": st.sampled_from(IDS[:5])}
    return st.tuples(st.fixed_dictionaries(ends), some(LINK)).map(lambda parts: {**parts[0], **parts[1]})


START = [
    {"ci_id": name, "name": name, "ci_class": kind, "serial": name}
    for name, kind in (("app-1", "application"), ("db-1", "database_instance"), ("db-2", "database_instance"),
                       ("site-1", "site"), ("team-1", "team"))
]  # fmt: skip
STATUSLESS = {"ci_id": "app-2", "name": "one", "ci_class": "application", "status": None}
STEPS = st.lists(st.one_of(st.lists(a_ci(), min_size=1, max_size=3), a_link()), min_size=2, max_size=4)


def by_api(client: Web, step: Any) -> bool:
    if isinstance(step, dict):
        link: dict[str, Any] = {SCHEMA.get(str(name), str(name)): value for name, value in step.items()}
        answer = done(client, "relate", **link)
    else:
        rows = [
            {
                **{SCHEMA_OF[name]: row[name] for name in SCHEMA_OF if name in row},
                "attributes": {name: value for name, value in row.items() if name not in SCHEMA_OF},
            }
            for row in step
        ]
        answer = done(client, "upsertCis", cis=rows)
    return str(answer["__typename"]).endswith("Payload")


def by_import(register: Register, step: Any, path: Path) -> bool:
    rows, table = ([step], "relationships") if isinstance(step, dict) else (step, "cis")
    try:
        path.write_text("".join(json.dumps({"kind": table, **row}) + "\n" for row in rows), encoding="utf-8")
        imported(register.store, path, strict=True)
    except BadInputError:
        return False
    return True


@pytest.mark.many
@pytest.mark.neo4j_long
def test_the_same_rows_leave_the_same_graph(
    database: Database, tmp_path: Path, long_or_short: Callable[[int, int], int]
) -> None:
    def fresh(name: str) -> Register:
        database.wipe()
        folder = tmp_path / name
        (folder / "head.json").unlink(missing_ok=True)
        return Register(database.open(folder), Settings(folder))

    @settings(
        max_examples=long_or_short(150, 10),
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(STEPS)
    @example([[STATUSLESS], [STATUSLESS]])
    def check(steps: list[Any]) -> None:
        whole = [START, *steps]
        one = fresh("api")
        client = over(one)
        taken = [by_api(client, step) for step in whole]
        left = one.store.graph_hash()
        other = fresh("import")
        assert [by_import(other, step, tmp_path / "rows.ndjson") for step in whole] == taken
        assert other.store.graph_hash() == left

    check()
