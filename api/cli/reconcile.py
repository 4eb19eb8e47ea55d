"""`faultline unmatched` and `faultline kpi`: whether the register matches what happened, and what that comes to."""

from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from api.cli.door import Door, t, told
from api.cli.usage import Command
from graph.errors import Message
from graph.values import shown

if TYPE_CHECKING:
    from queries.kpis.frame import Value

LISTED = 20  # of a bucket that the text names
UPDATES = ("update_without_change", "different_from_approved")  # buckets that the text lists
OBLIGATIONS = ("contradicted", "change_without_update", "not_measurable")
TOLD = ("obligations_not_measurable", "attempts_unknown", "ends_unknown", "starts_unknown", "emergencies_undecided")
BARS = "▁▂▃▄▅▆▇█"


@click.command("unmatched", cls=Command, help=t("cli.unmatched_help"))
@click.option("--from", "start", required=True, metavar="T", help=t("cli.from_help"))
@click.option("--to", "end", required=True, metavar="T", help=t("cli.to_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def unmatched_command(door: Door, start: str, end: str, as_json: bool) -> None:
    """Both ledgers of a range of time."""
    from api.moments import range_of
    from api.reconciliation import Reconciliation
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        low, high = range_of(start, end, door.settings.timezone)
        with open_register(door.settings) as register:
            found = Reconciliation(register)
            answer = found.unmatched(low, high)
        if as_json:
            door.answer(answer)
            return
        when = "ledgers.future" if low > found.at else "ledgers.unfinished" if high > found.at else None
        _print_ledgers(door, answer, when)


def _print_ledgers(door: Door, answer: dict[str, Any], when: str | None) -> None:
    say, out = door.texts, door.out
    out.print(say("ledgers.range", start=answer["from"], end=answer["to"]))
    for ledger in ("updates", "obligations"):
        counts = {name: bucket["count"] for name, bucket in answer[ledger].items()}
        out.print(say(f"ledgers.{ledger}", count=sum(counts.values()), **counts), style="bold")
    out.print(say("ledgers.revision", revision=answer["revision"], at=answer["at"]), style="dim")
    if when is not None:
        out.print(say(when))
    for name in UPDATES:
        columns = ("at", "what", "values", "reason")
        _print_bucket(door, name, answer["updates"][name], columns, _update_cells)
    for name in OBLIGATIONS:
        _print_bucket(door, name, answer["obligations"][name], ("due", "change", "edit", "reason"), _obligation_cells)


def _print_bucket(door: Door, name: str, bucket: dict[str, Any], columns: tuple[str, ...], cells: Any) -> None:
    if not bucket["count"]:
        return
    door.out.print()
    door.out.print(door.texts(f"ledgers.bucket_{name}"), style="bold")
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(door.texts(f"ledgers.column_{column}"), overflow="fold")
    for item in bucket["items"][:LISTED]:
        table.add_row(*cells(door, item))
    door.out.print(table)
    if bucket["count"] > LISTED:
        door.out.print(door.texts("ledgers.more", count=bucket["count"] - LISTED))


def _update_cells(door: Door, item: dict[str, Any]) -> tuple[str, ...]:
    what = item["field"] if "|" in item["field"] else f"{item['ci_id']} {item['field']}"
    reasons = [_said(door, item["reason"])] if item["reason"] else []
    reasons += [door.texts(f"ledgers.near_{near['why']}", change_id=near["change_id"]) for near in item["near_misses"]]
    if item["exception"]:
        reasons.append(door.texts("ledgers.excepted", exception_id=item["exception"]))
    values = f"{_short(item['old'])} → {_short(item['new'])}"
    return item["at"], shown(what), values, "\n".join(reasons)


def _obligation_cells(door: Door, item: dict[str, Any]) -> tuple[str, ...]:
    edit = item["edit"]
    words = door.texts("ledgers.any_update") if edit is None else _edit(edit)
    return item["due_at"] or "—", item["change_id"], words, _said(door, item["reason"]) if item["reason"] else ""


def _edit(edit: dict[str, Any]) -> str:
    rest = (f"{name}={value}" for name, value in edit.items() if name not in ("op", "ci_id"))
    return shown(" ".join([edit["op"], *([edit["ci_id"]] if "ci_id" in edit else ()), *rest]))


def _said(door: Door, reason: dict[str, Any]) -> str:
    words = door.texts.say(Message(reason["key"], reason["params"]))
    planned = door.texts("ledgers.planned_times")
    return (
        words
        if reason["params"].get("times") != "planned" or words == planned
        else door.texts("ledgers.both", one=words, other=planned)
    )


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return shown(", ".join(f"{name}={each}" for name, each in value.items()))
    return "—" if value is None else shown(value)


@click.command("kpi", cls=Command, help=t("cli.kpi_help"))
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--period", required=True, metavar="PERIOD", help=t("cli.period_help"))
@click.option("--records", type=click.IntRange(0), help=t("cli.records_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def kpi_command(door: Door, ids: tuple[str, ...], period: str, records: int | None, as_json: bool) -> None:
    """Indicators in a period."""
    from api.reconciliation import Reconciliation
    from api.register import open_register
    from queries.kpis.period import period_of
    from queries.kpis.registry import kpis_named

    door.as_json = as_json
    with told(door):
        asked, some = period_of(period, door.settings.timezone), kpis_named(ids)
        with open_register(door.settings) as register:
            found = Reconciliation(register)
            values = list(found.kpis(some, asked))
        told_period = found.plain_period(asked)
        if as_json:
            plain = [value.plain(records) for value in values]
            door.answer({"revision": found.revision, "period": told_period, "kpis": plain})
            return
        _print_kpis(door, told_period, values)


def _print_kpis(door: Door, period: dict[str, Any], values: list["Value"]) -> None:
    say, out = door.texts, door.out
    out.print(say("kpi.period", id=period["id"], start=period["from"], end=period["to"], zone=period["zone"]))
    if not period["finished"]:
        out.print(say("kpi.unfinished"))
    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "value", "of", "target", "trend"):
        right = column in ("value", "of")
        table.add_column(
            say(f"kpi.column_{column}"), justify="right" if right else "left", no_wrap=column != "name"
        )  # fmt: skip
    for value in values:
        plain = value.plain(0)
        table.add_row(
            value.kpi.id, say(value.kpi.name), _amount(door, plain), _of(plain),
            _target(door, plain), _bars([each["value"] for each in plain["trend"]]),
        )  # fmt: skip
    out.print(table)
    for value in values:
        plain = value.plain(0)
        if plain["reason"]:
            out.print(say("kpi.because", id=value.kpi.id, reason=_said(door, plain["reason"])))
        for name in TOLD:
            if name in plain["parameters"]:
                told = say(f"kpi.told_{name}", id=value.kpi.id, count=plain["parameters"][name])
                out.print(told, style="dim")
        coverage = plain["parameters"].get("coverage")
        if coverage:
            out.print(say("kpi.coverage", id=value.kpi.id, **coverage), style="dim")
        standard = plain["parameters"].get("standard")
        if standard:
            numerator, denominator = standard["numerator"], standard["denominator"]
            out.print(say("kpi.standard", id=value.kpi.id, numerator=numerator, denominator=denominator), style="dim")


def _amount(door: Door, plain: dict[str, Any]) -> str:
    if plain["value"] is None:
        return door.texts("kpi.status_not_measurable")
    return f"{plain['value']:.1%}" if plain["unit"] == "ratio" else f"{plain['value']:,}"


def _of(plain: dict[str, Any]) -> str:
    if plain["denominator"] is None:
        return ""
    return f"{plain['numerator']['value']:,} / {plain['denominator']['value']:,}"


def _target(door: Door, plain: dict[str, Any]) -> str:
    target = plain["target"]
    if target is None:
        return ""
    status = door.texts(f"kpi.status_{plain['status']}")
    return f"{target['op']} {target['value']:g} {status}"


def _bars(values: list[float | None]) -> str:
    top = max((value for value in values if value is not None), default=0) or 1
    return "".join("·" if value is None else BARS[round(value / top * (len(BARS) - 1))] for value in values)


COMMANDS = (unmatched_command, kpi_command)
