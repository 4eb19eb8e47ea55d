"""Random small worlds of updates and changes: few CIs, few hours, so that everything meets everything."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from graph.records.changes import Change, change_of
from graph.records.exceptions import Exemption
from graph.records.updates import Content, Kind, Update
from graph.values import State

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 60
CIS = ("a", "b", "c", "d")
GROUPS = ("g", "h")
VALUES = ("1", "2")


@dataclass(frozen=True)
class World:
    """Updates and changes in no order, exceptions, and the moment of asking."""

    updates: list[Update]
    changes: list[Change]
    exemptions: list[Exemption]
    at: datetime


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world drawn by a seed."""
    return random_world(random.Random(draw(st.integers(0, 2**32 - 1))))


def random_world(rng: random.Random) -> World:
    """A world of up to a dozen updates and half a dozen changes."""
    changes = [change(rng, number) for number in range(rng.randrange(7))]
    updates = [update(rng, revision) for revision in range(1, 1 + rng.randrange(13))]
    exemptions = [
        Exemption(f"E{n}", rng.choice(CIS), rng.choice([None, "version", "existence"]), "accepted", None,
                  rng.choice([None, hour(rng)]))
        for n in range(rng.randrange(3))
    ]  # fmt: skip
    return World(updates, changes, exemptions, hour(rng) + timedelta(hours=rng.randrange(HOURS)))


def hour(rng: random.Random) -> datetime:
    """A full hour of the world."""
    return BEGIN + timedelta(hours=rng.randrange(HOURS))


def update(rng: random.Random, revision: int) -> Update:
    """Any update."""
    at = BEGIN + timedelta(hours=rng.randrange(HOURS))
    after = rng.choice([at, at, at - timedelta(hours=rng.randrange(1, 24)), None])
    change_id = rng.choice([None, None, None, f"C{rng.randrange(7)}"])
    ci_id, other = rng.sample(CIS, 2)
    kind: Kind = rng.choice(["attribute", "attribute", "existence", "relationship", "relationship", "quorum"])
    field, old, new = content(rng, kind, ci_id, other)
    end = other if kind == "relationship" else None
    return Update(revision, ci_id, kind, field, old, new, after, at, change_id, end)


def content(rng: random.Random, kind: Kind, ci_id: str, other: str) -> tuple[str, Content, Content]:
    """A field with what it held and holds."""
    if kind == "existence":
        live: State = {"status": "live", "ci_class": "host", "name": "x", "version": rng.choice(VALUES)}
        retired: State = {"status": "retired"}
        return "existence", *rng.choice([(None, live), (live, retired), (retired, live), (live, None)])
    if kind == "relationship":
        key = f"{ci_id}|{rng.choice(['depends_on', 'located_in'])}|{other}"
        return key, rng.choice([None, link(rng)]), rng.choice([None, link(rng)])
    if kind == "attribute":
        return rng.choice(["version", "serial"]), rng.choice(VALUES), rng.choice([None, *VALUES])
    field = f"group:{rng.choice(GROUPS)}"
    return field, rng.choice(VALUES), rng.choice(VALUES)


def link(rng: random.Random) -> State:
    """What a relationship holds."""
    group, quorum = rng.choice([None, *GROUPS]), rng.choice([{}, {"min_available": "1"}, {"min_available": "2"}])
    grouped: State = {} if group is None else {"redundancy_group": group, **quorum}
    return {"strength": rng.choice(["hard", "soft"]), **grouped}


def change(rng: random.Random, number: int) -> Change:
    """Any change; most are approved, implemented and have their times."""
    times = sorted(hour(rng) for _ in range(4))
    state: State = {
        "title": "t", "category": rng.choice(["emergency", "major", "standard"]), "decision": "approved",
        "status": rng.choice(["closed", "closed", "implemented", "implementing", "failed", "cancelled"]),
        "grace": rng.choice([0, 3_600, 86_400]),
        "affected": sorted(rng.sample(CIS, rng.randrange(3))),
    }  # fmt: skip
    names = rng.choice([("decided_at", "actual_start", "actual_end"), ("actual_start", "decided_at", "actual_end"),
                        ("decided_at", "planned_start", "planned_end"), ("decided_at", "actual_start"),
                        ("decided_at", "actual_end"), ("planned_start", "actual_start", "actual_end", "decided_at"),
                        ("decided_at",), ("actual_start", "actual_end")])  # fmt: skip
    state |= {name: moment.isoformat() for name, moment in zip(names, times, strict=False)}
    if rng.random() < 0.2:
        state |= {"decision": "rejected"}
    if rng.random() < 0.3:
        state |= {"outcome": rng.choice(["success", "partial", "failed", "backed_out"])}
    if rng.random() < 0.6:
        state |= {"edits": json.dumps(grouped(rng, [edit(rng) for _ in range(rng.randrange(4))]))}
    return change_of(f"C{number}", state)


def grouped(rng: random.Random, edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same edits, some of which switch together."""
    at = rng.randrange(len(edits) + 1)
    together = [{"group": "x", "edits": edits[at:]}] if at < len(edits) and rng.random() < 0.5 else edits[at:]
    return [*edits[:at], *together]


def edit(rng: random.Random) -> dict[str, Any]:
    """Any edit."""
    ci_id, other = rng.sample(CIS, 2)
    ends = {"source": ci_id, "type": rng.choice(["depends_on", "located_in"]), "target": other}
    group = {"redundancy_group": rng.choice(GROUPS), **({"min_available": "1"} if rng.random() < 0.5 else {})}
    members = [{"type": ends["type"], "target": end} for end in rng.sample(CIS, 3) if end != ci_id]
    version, related = {"version": rng.choice(VALUES)}, rng.choice([{}, {"site": other}])
    return rng.choice([
        {"op": "set", "ci_id": ci_id, "field": rng.choice(["version", "serial"]), "value": rng.choice([None, *VALUES])},
        {"op": "set", "ci_id": ci_id, "field": "site", "value": rng.choice([None, other])},
        {"op": "retire", "ci_id": ci_id},
        {"op": "add", "ci": {"ci_id": ci_id, "ci_class": "host", "name": "x", **version, **related}},
        {"op": "relate", **ends, **rng.choice([{}, {"strength": "soft"}, group])},
        {"op": "unrelate", **ends},
        {"op": "regroup", "ci_id": ci_id, **group, **rng.choice([{"members": members}, {}])},
        {"op": "regroup", "ci_id": ci_id, "redundancy_group": None, "members": members},
    ])  # fmt: skip
