"""The watch over a house in which changes are made: what is written meanwhile, and what waits to be told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from api.watching.told import Told
from api.watching.watch import Watch
from graph.history import Thing
from graph.store import Edit
from graph.store.notices import WEBHOOK, due
from graph.store.watched import all_watched
from graph.values import State
from tests.api.house import TOMORROW, House
from tests.engines import written

LASTS = {"expected_end": (TOMORROW + timedelta(days=1)).isoformat()}


def writes(house: House, *edits: Edit) -> int:
    found = written(house.register.store, list(edits)).revision
    house.register.expire()
    return found


def record(table: str, key: str, **fields: Any) -> Edit:
    state: State = {f"{table.removesuffix('s')}_id": key, **fields}
    return Edit(table, key, Thing(state, {"*": "inventory"}))


def incident(key: str, ci_id: str, **fields: Any) -> Edit:
    return record("incidents", key, ci_id=ci_id, started_at=datetime.now(UTC).isoformat(), **fields)


def kept_fields(house: House, change: str) -> State:
    """The fields of a change as they are kept."""
    store = house.register.store
    return store.kept_at("changes", [change], store.revision())[change].thing.state


def told(house: House, channel: str = WEBHOOK) -> list[dict[str, Any]]:
    """What waits to be sent of verdicts."""
    later = datetime.now(UTC) + timedelta(days=30)
    found = [{**json.loads(each.body), "to": each.to} for each in due(house.register.store, later, channel)]
    return [each for each in found if each["kind"] == "verdict-changed"]


def watch(house: House, **more: Any) -> Watch:
    return Watch(house.register, **{"tell": Told(webhook=True), **more})


def verdict(house: House, change: str) -> str:
    return str(all_watched(house.register.store)[change].body["stand"]["verdict"])
