"""`faultline changes calibration`: what changes were said to hit against what they did hit."""

from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from api.cli.door import Door, t, told
from api.cli.usage import Command
from graph.errors import Message

if TYPE_CHECKING:
    from api.texts import Texts


@click.command("calibration", cls=Command, help=t("calibration.command_help"))
@click.option("--from", "start", required=True, metavar="T", help=t("cli.from_help"))
@click.option("--to", "end", required=True, metavar="T", help=t("cli.to_help"))
@click.option("--records", type=click.IntRange(0), help=t("cli.records_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def calibration_command(door: Door, start: str, end: str, records: int | None, as_json: bool) -> None:
    """Changes that ended in a range."""
    from api.calibrating import Calibrating
    from api.moments import range_of
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        low, high = range_of(start, end, door.settings.timezone)
        with open_register(door.settings) as register:
            found = Calibrating(register, register.store.settled())
            plain = found.between(low, high).plain(records)
        answer = {"revision": found.revision, "from": low.isoformat(), "to": high.isoformat(), **plain}
        if as_json:
            door.answer(answer)
            return
        _print(door, answer)


def _print(door: Door, answer: dict[str, Any]) -> None:
    say, out, changes = door.texts, door.out, answer["changes"]
    left = changes["not_measurable"]["count"]
    sentence = say("calibration.sentence", ended=changes["ended"], measured=changes["measured"], left=left)
    out.print(sentence, style="bold")
    if answer["reason"]:
        out.print(say("calibration.not_measurable", reason=_said(say, answer["reason"])))
        return
    if changes["graph_later"]:
        out.print(say("calibration.graph_later", count=changes["graph_later"]), style="dim")
    table = Table(box=None, pad_edge=False)
    for column in ("type", "predicted", "occurred"):
        table.add_column(say(f"calibration.column_{column}"), overflow="fold")
    rows = [(say("calibration.all"), answer["all"])]
    rows += [(each["type"] or say("calibration.no_path"), each) for each in answer["types"]]
    for name, row in rows:
        table.add_row(name, _rate(say, row["predicted"]), _rate(say, row["occurred"]))
    out.print(table)


def _rate(say: "Texts", rate: dict[str, Any]) -> str:
    if rate["rate"] is None:
        return _said(say, rate["reason"])
    return say("calibration.rate", **{name: rate[name] for name in ("count", "of")},
               rate=f"{rate['rate']:.0%}", low=f"{rate['low']:.0%}", high=f"{rate['high']:.0%}")  # fmt: skip


def _said(say: "Texts", reason: dict[str, Any]) -> str:
    return say.say(Message(reason["key"], reason["params"]))
