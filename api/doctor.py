"""Is everything in order: engine, version, schema, disk, log, snapshot, clock; each with what to do."""

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass

from api.register import Register, open_register
from graph.errors import FaultlineError, Message
from graph.settings import Settings
from graph.snapshot import SnapshotIgnored, load
from graph.store.audit import verify
from graph.store.statements import migrations

LITTLE = 1_000_000_000  # bytes free, below which an import may end half-way
NAMED = re.compile(r"^CREATE (?:CONSTRAINT|INDEX) (\w+) ")
SKEW = 5.0  # seconds between the clocks here and of the last commit, by which it may be ahead


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    id: str
    ok: bool
    message: Message
    hint: Message | None = None


def examine(settings: Settings) -> list[Check]:
    """Look at everything; what cannot be looked at because something before it failed is left out."""
    checks = [_disk(settings)]
    try:
        with open_register(settings) as register:
            checks += [_engine(register), _schema(register), _clock(register), _log(register), _snapshot(register)]
    except FaultlineError as error:
        checks.append(Check("engine", ok=False, message=error.message, hint=Message("doctor.engine_hint")))
    return checks


def _disk(settings: Settings) -> Check:
    folder = next(p for p in (settings.data_dir, *settings.data_dir.absolute().parents) if p.exists())
    free = shutil.disk_usage(folder).free
    message = Message("doctor.disk", {"path": str(settings.data_dir), "free": f"{free / 1e9:.1f}"})
    ok = free >= LITTLE
    return Check("disk", ok, message, None if ok else Message("doctor.disk_hint"))


def _engine(register: Register) -> Check:
    agent = str(register.store.sessions.line.get_server_info().agent)
    return Check("engine", ok=True, message=Message("doctor.engine", {"agent": agent}))


def _schema(register: Register) -> Check:
    # opening the register applied what was missing and refused what was altered; what somebody dropped it cannot know
    expected = {name for _, _, statements in migrations() for text in statements for name in NAMED.findall(text)}
    found = {str(row["name"]) for what in ("constraints_there", "indexes_there") for row in register.store.rows(what)}
    missing = sorted(expected - found)
    if missing:
        message = Message("doctor.schema_missing", {"count": len(missing), "names": ", ".join(missing)})
        return Check("schema", ok=False, message=message, hint=Message("doctor.schema_hint"))
    return Check("schema", ok=True, message=Message("doctor.schema", {"count": len(expected)}))


def _clock(register: Register) -> Check:
    last = str(register.store.rows("read_store")[0]["at"])
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + SKEW))
    ok = last[:19] <= now
    message = Message("doctor.clock" if ok else "doctor.clock_behind", {"last": last[:19]})
    return Check("clock", ok, message, None if ok else Message("doctor.clock_hint"))


def _log(register: Register) -> Check:
    found = verify(register.store)
    params = {"commits": found.commits, "differing": len(found.differing), "first_bad": found.first_bad or 0}
    key = "doctor.log" if found.ok else "doctor.log_bad"
    return Check("log", found.ok, Message(key, params), None if found.ok else Message("doctor.log_hint"))


def _snapshot(register: Register) -> Check:
    def reasons() -> Iterator[str]:
        try:
            load(register.snapshot_path, register.store.store_id)
        except SnapshotIgnored as ignored:
            yield ignored.reason

    reason = next(reasons(), None)
    # a missing snapshot is made by the first question: nothing is wrong with that
    if reason in (None, "missing"):
        return Check("snapshot", ok=True, message=Message("doctor.snapshot"))
    return Check(
        "snapshot", ok=False, message=Message(f"doctor.snapshot_{reason}"), hint=Message("doctor.snapshot_hint")
    )
