"""The two engines answer every command byte for byte alike, in the published form, on the example and on govuk."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from examples.insurer import generate
from tests.api.command import Answered, Run, environment
from tests.engines import KINDS, Database
from tests.real_data import needs_real_data, real_data
from tests.schemas import validated

# a new command is a line: its schema in docs/schemas ("" where none is published), and what is asked; {out} is a CI,
# {service} rests on it, {other} is a third one, {proof} a file with the first certificate that was printed,
# {change} one that proposes a change
COMMANDS = (
    ("", "graph-hash"),
    ("", "search {service}"),
    ("", "search data"),
    ("", "show {out}"),
    ("", "path {service} {out}"),
    ("impact", "impact {out}"),
    ("impact", "impact {out}=retire {other}=degraded --limit 20"),
    ("impact", "impact {out} --witness --limit 30"),
    ("causes", "impact {out} {other} --causes {service}"),
    ("certificate", "impact {out} --prove {service}"),
    ("certificate", "impact {other}=degraded --prove {out}"),
    ("check", "check {proof}"),
    ("spof", "spof {service}"),
    ("continuity", "continuity {service}"),
    ("continuity", "continuity {service} --seeds {out} --physical"),
    ("matrix", "continuity --matrix"),
    ("unmatched", "unmatched --from 2026-10-01 --to 2026-11-01"),
    ("kpi", "kpi --period 2026-10"),
    ("changes-conflicts", "changes conflicts --from 2026-11-23 --to 2026-12-07 --at 2026-11-23T18:00"),
    ("review", "review {change} --at 2026-11-23T18:00"),
    ("audit-register", "audit register --at 2026-11-23T18:00"),
    ("changes-slots", "changes slots {change} --at 2026-11-23T18:00"),
)
FINDING = ("audit-register",)  # commands that end with 1 where something is amiss, as in both worlds
# what a certificate says of where and when it was made
_MADE = re.compile(r'"(store_id|at)": "[^"]*"')


class World(NamedTuple):
    """What is imported, and which CIs are asked about."""

    source: tuple[str | Path, ...]
    names: dict[str, str]


EXAMPLE = World(
    ("inventory", Path(generate.__file__).parent / "inventory"),
    {"out": "array-a-1", "other": "db-hexin-1", "service": "svc-chengbao"},
)
GOVUK = World(
    ("compose", real_data("govuk")),
    {"out": "compose:govuk/redis", "other": "compose:govuk/mysql-8", "service": "compose:govuk/publisher-app"},
)


@contextmanager
def speaking_to(database: Database, folder: Path) -> Iterator[None]:
    """Commands within it go to an empty register on that database."""
    database.wipe()
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment(database, folder).items():
            patched.setenv(name, value)
        yield


@pytest.mark.storage
@pytest.mark.neo4j
@pytest.mark.parametrize(
    "world",
    [
        pytest.param(EXAMPLE, id="example"),
        pytest.param(GOVUK, id="govuk", marks=[pytest.mark.real_data, needs_real_data("govuk")]),
    ],
)
def test_every_command_answers_alike_on_both_engines(
    world: World, run: Run, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    said: dict[str, list[str]] = {}
    for kind in KINDS:
        with speaking_to(request.getfixturevalue(f"{kind}_engine"), tmp_path / kind):
            assert run("import", *world.source).code == 0
            for command, answered in _answers(run, world, tmp_path / f"{kind}.json"):
                said.setdefault(command, []).append(_MADE.sub(r'"\1": "…"', answered.out))

    assert [command for command, (one, other) in said.items() if one != other] == []


def _answers(run: Run, world: World, proof: Path) -> Iterator[tuple[str, Answered]]:
    change = proof.with_name("change.json")
    planned = {"start": "2026-11-28T22:00:00", "end": "2026-11-29T02:00:00", "zone": "Asia/Shanghai"}
    affected = [{"ci_id": world.names["out"]}, {"ci_id": world.names["other"], "effect": "degraded"}]
    asked = {"format": "faultline.change/1", "title": "Move", "window": planned, "affected": affected}
    change.write_text(json.dumps(asked), encoding="utf-8")
    for schema, command in COMMANDS:
        answered = run(*command.format(**world.names, proof=proof, change=change).split(), "--json")
        assert (answered.code, answered.err) == (1 if schema in FINDING else 0, ""), command
        if schema == "certificate" and not proof.exists():
            proof.write_text(answered.out, encoding="utf-8")
        if schema:
            validated(schema, answered.json)
        yield command, answered
