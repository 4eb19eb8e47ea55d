"""`faultline compliance`: which requirements of the standard the records meet, with those that fail."""

from typing import TYPE_CHECKING

import click
from rich.table import Table

from api.cli.door import Door, t, told
from api.cli.usage import Command
from graph.values import shown

if TYPE_CHECKING:
    from api.compliance_words import ComplianceWords
    from queries.compliance.frame import Compliance

LISTED = 5  # failing records that the text names


@click.command("compliance", cls=Command, help=t("compliance.command_help"))
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--period", required=True, metavar="PERIOD", help=t("cli.period_help"))
@click.option("--records", type=click.IntRange(0), help=t("cli.records_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def compliance_command(door: Door, ids: tuple[str, ...], period: str, records: int | None, as_json: bool) -> None:
    """Requirements in a period."""
    from api.compliance_words import ComplianceWords
    from api.complying import Complying, requirements_named
    from api.register import open_register
    from api.words import by_name
    from queries.kpis.period import period_of

    door.as_json = as_json
    with told(door):
        asked, some = period_of(period, door.settings.timezone), requirements_named(ids)
        with open_register(door.settings) as register:
            found = Complying(register, register.store.settled())
            compliance = found.judged(some, asked)
            name = by_name(register.estate(found.revision), door.texts)
            words = ComplianceWords(door.texts, register.store.ontology, name)
        if as_json:
            plain = [each.plain(records) for each in compliance.verdicts]
            span = {"id": asked.id, "from": asked.start.isoformat(), "to": asked.end.isoformat(), "zone": asked.zone}
            door.answer({"revision": found.revision, "period": span, "requirements": plain})
            return
        _print(door, compliance, words)


def _print(door: Door, compliance: "Compliance", words: "ComplianceWords") -> None:
    say, out = door.texts, door.out
    out.print(say("compliance.sentence", **compliance.counts), style="bold")
    table = Table(box=None, pad_edge=False)
    for column in ("id", "what", "status", "counts"):
        table.add_column(say(f"compliance.column_{column}"), no_wrap=column == "id", overflow="fold")
    plains = [each.plain(LISTED) for each in compliance.verdicts]
    for plain in plains:
        counts = say("compliance.counts", failing=plain["failing"]["count"], looked_at=plain["looked_at"])
        table.add_row(plain["id"], say(plain["text"]), say(f"compliance.status_{plain['status']}"), counts)
    out.print(table)
    for plain in plains:
        if plain["reason"]:
            out.print(say("compliance.because", id=plain["id"], reason=words.reason(plain["reason"])), style="dim")
        for record in plain["failing"]["records"]:
            reasons = "; ".join(words.reason(each) or "" for each in record["reasons"])
            out.print(f"{plain['id']} {shown(record['id'])}: {reasons}")
        more = plain["failing"]["count"] - len(plain["failing"]["records"])
        if more > 0:
            out.print(f"{plain['id']} {say('compliance.more', count=more)}", style="dim")


COMMANDS = (compliance_command,)
