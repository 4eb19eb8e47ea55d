"""A register of three nodes of which two are enough, served to people with tokens of their own."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from api.access.changes import create_first_token
from api.register import Register, open_register
from graph.settings import Settings
from graph.store.notices import WEBHOOK, due
from tests.api.command import environment
from tests.api.served import serving
from tests.engines import Database, imported, inventory

ZONE = ZoneInfo("Asia/Shanghai")  # of the pages, where nothing else is set
NIGHT = (datetime.now(ZONE) + timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)
START, END, LATER = (NIGHT + timedelta(hours=hours) for hours in (0, 2, 4))
# who asks may approve what others ask for: what holds them back is that it is their own
PEOPLE = {"lin": "approver", "zhou": "reviewer", "wang": "approver", "chen": "importer"}
# two of three nodes are enough, a fourth stands by; a report rests on one of them
ESTATE = {
    "cis": "ci_id,name,name_en,ci_class,status,criticality\n"
    "svc-claims,车险理赔,Motor claims,business_service,live,critical\n"
    "app-claims,理赔系统,Claims system,application,live,\n"
    + "".join(f"db-n{n},理赔库节点 {n},Claims DB node {n},database_instance,live,\n" for n in (1, 2, 3, 4)),
    "relationships": "source,type,target,redundancy_group,min_available\nsvc-claims,depends_on,app-claims,,\n"
    + "".join(f"app-claims,depends_on,db-n{n},nodes,2\n" for n in (1, 2, 3)),
    "changes": "change_id,title,category,status,decision,decided_at,planned_start,planned_end,affected,effect\n"
    f"CHG-0388,db-n2 补丁,simple,approved,approved,2026-11-01T10:00:00+08:00,{END.isoformat()},{LATER.isoformat()},"
    "db-n2,outage\n",
}  # fmt: skip


@dataclass(frozen=True)
class Office:
    """A served register, the store beside it, and people with their tokens."""

    url: str
    register: Register
    tokens: dict[str, str]
    folder: Path

    def told(self, change: str) -> list[tuple[str, list[str]]]:
        """What waits to be sent of the verdicts of a change: each with what brought it about."""
        found = due(self.register.store, datetime.now(UTC) + timedelta(days=30), WEBHOOK)
        read = [json.loads(each.body) for each in found]
        return sorted((each["now"]["verdict"], [cause["key"] for cause in each["causes"]]) for each in read
                      if (each["kind"], each["change"]) == ("verdict-changed", change))  # fmt: skip

    def reports(self, name: str, **fields: str) -> None:
        """An incident comes in."""
        tables = {"incidents": ",".join(fields) + "\n" + ",".join(fields.values()) + "\n"}
        imported(self.register.store, inventory(self.folder / name, tables), scope=f"incident-{name}")


@contextmanager
def opened_office(embedded_engine: Database, tmp_path: Path) -> Iterator[Office]:
    """A cluster of three nodes of which two are enough, with a change of one of them just after the night's first."""
    embedded_engine.wipe()
    settings = Settings.from_environment(environment(embedded_engine, tmp_path / "data"))
    secret = tmp_path / "secret"
    secret.write_text("s" * 40, encoding="utf-8")
    with open_register(settings) as register:
        imported(register.store, inventory(tmp_path / "estate", ESTATE))
        tokens = {
            name: create_first_token(register.access, name, [role], {}, "1d", "tester")[0]
            for name, role in PEOPLE.items()
        }
    with ExitStack() as stack:
        # nobody answers there, so that all that was to be told is still to be seen
        served = serving(
            embedded_engine, tmp_path, FAULTLINE_WEBHOOK_URL="http://127.0.0.1:9/", FAULTLINE_WEBHOOK_PRIVATE="1",
            FAULTLINE_WEBHOOK_SECRET_FILE=str(secret),
        )  # fmt: skip
        _, url = stack.enter_context(served)
        yield Office(url, stack.enter_context(open_register(settings)), tokens, tmp_path)
