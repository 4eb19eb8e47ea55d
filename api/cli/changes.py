"""`faultline changes`: which changes get in each other's way, and when one would not."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

import click

from api.cli.calibration import calibration_command
from api.cli.door import Door, t, told
from api.cli.progress import estate_of
from api.cli.usage import Command, Group
from api.words import VERDICT_SIGNS, ConflictWords

if TYPE_CHECKING:
    from graph.estate import Estate
    from queries.change_conflicts import ChangeConflicts
    from queries.free_slots import FreeSlots, InTheWay
    from queries.planned import Reason

DAYS = 90  # SEMANTICS 5: the horizon of free slots
LISTED = 50  # conflicts and slots that the text names
NAMED = 3  # services or CIs of one conflict that it names


@click.group("changes", cls=Group, help=t("cli.changes_help"))
def changes_group() -> None:
    """Changes against each other."""


@changes_group.command("conflicts", cls=Command, help=t("cli.changes_conflicts_help"))
@click.option("--from", "start", required=True, metavar="T", help=t("cli.from_help"))
@click.option("--to", "end", required=True, metavar="T", help=t("cli.to_help"))
@click.option("--at", metavar="T", help=t("cli.at_help"))
@click.option("-k", "order", type=click.IntRange(1, 5), default=3, show_default=True, help=t("cli.order_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def conflicts_command(door: Door, start: str, end: str, at: str | None, order: int, as_json: bool) -> None:
    """Conflicts of a horizon."""
    from api.moments import asked_at, range_of
    from api.register import open_register
    from api.scheduling import Schedule
    from queries.change_conflicts import change_conflicts

    door.as_json = as_json
    zone = door.settings.timezone
    with told(door):
        since, until = range_of(start, end, zone)
        moment = asked_at(at, zone)
        with open_register(door.settings) as register:
            estate = estate_of(door, register)
            schedule = Schedule(register, estate, moment)
            found = change_conflicts(schedule.asked(), schedule.windows, since, until, zone, order=order)
            if as_json:
                door.answer(found.plain(zone))
            else:
                _print_conflicts(_Words(door, estate), found)


@changes_group.command("slots", cls=Command, help=t("cli.changes_slots_help"))
@click.argument("change", metavar="CHANGE|FILE")
@click.option("--from", "start", metavar="T", help=t("cli.slots_from_help"))
@click.option("--days", type=click.IntRange(1, 400), default=DAYS, show_default=True, help=t("cli.days_help"))
@click.option(
    "--max-verdict", type=click.Choice(("pass", "review")), default="pass", show_default=True,
    help=t("cli.max_verdict_help"),
)  # fmt: skip
@click.option("--at", metavar="T", help=t("cli.at_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def slots_command(
    door: Door, change: str, start: str | None, days: int, max_verdict: str, at: str | None, as_json: bool
) -> None:  # fmt: skip
    """Free slots for a change."""
    from api.moments import asked_at, moment_of
    from api.register import open_register
    from api.scheduling import Schedule
    from queries.change_conflicts import horizon_end
    from queries.free_slots import free_slots

    door.as_json = as_json
    zone = door.settings.timezone
    with told(door):
        moment = asked_at(at, zone)
        since = moment if start is None else moment_of(start, zone, "--from")
        until = horizon_end(since, days)
        with open_register(door.settings) as register:
            estate = estate_of(door, register)
            schedule = Schedule(register, estate, moment)
            wanted, agreed = schedule.change(change)
            found = free_slots(
                schedule.asked(wanted), [*agreed, *schedule.windows], wanted, since, until, zone,
                allowed=max_verdict,
            )  # fmt: skip
            if as_json:
                door.answer(found.plain(zone))
            else:
                _print_slots(_Words(door, estate), found)


@changes_group.command("evidence", cls=Command, help=t("cli.changes_evidence_help"))
@click.argument("change", metavar="CHANGE")
@click.option("--by", metavar="WHO", help=t("cli.evidence_by_help"))
@click.pass_obj
def evidence_command(door: Door, change: str, by: str | None) -> None:
    """The evidence that was kept with a decision."""
    from api.evidence import kept_evidence
    from api.register import open_register

    door.as_json = True
    with told(door), open_register(door.settings) as register:
        door.answer(dict(kept_evidence(register, change, by)))


changes_group.add_command(calibration_command)


class _Words(ConflictWords):
    """The answers in words."""

    def __init__(self, door: Door, estate: "Estate") -> None:
        from zoneinfo import ZoneInfo

        super().__init__(door.texts, estate)
        self.out = door.out
        self.zone_name, self._zone = door.settings.timezone, ZoneInfo(door.settings.timezone)

    def moment(self, at: datetime | None) -> str:
        """A moment, or that there is no end."""
        return self.say("conflicts.for_ever") if at is None else f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def span(self, begins: datetime, ends: datetime | None) -> str:
        """From when to when."""
        return self.say("conflicts.span", start=self.moment(begins), end=self.moment(ends))

    def reasons(self, reasons: Sequence["Reason"]) -> None:
        """What the answer rests on or could not use."""
        for reason in reasons:
            sign = VERDICT_SIGNS["review"] if reason.gap else "·"
            self.out.print(f"{sign} {self.note(reason)}", style="dim")


def _print_conflicts(words: _Words, found: "ChangeConflicts") -> None:
    say, out = words.say, words.out
    span = words.span(found.horizon.start, found.horizon.end)
    out.print(say("conflicts.sentence", count=len(found.found), span=span, zone=words.zone_name), style="bold")
    out.print(say("conflicts.revision", revision=found.revision), style="dim")
    for each in found.found[:LISTED]:
        out.print(f"{VERDICT_SIGNS[each.severity]} {words.conflict(each)}")
        for begins, ends in each.intervals:
            out.print(f"  {words.span(begins, ends)}")
    if len(found.found) > LISTED:
        out.print(say("spof.more", count=len(found.found) - LISTED), style="dim")
    words.reasons(found.reasons)
    if not found.complete:
        out.print(say("conflicts.incomplete"))
    elif found.others_possible:
        out.print(say("conflicts.others_possible", k=found.order), style="dim")


def _print_slots(words: _Words, found: "FreeSlots") -> None:
    from queries.planned import moment_of

    say, out = words.say, words.out
    span = words.span(found.horizon.start, found.horizon.end)
    if found.slots:
        key = "slots.sentence" if found.slots[0].verdict == "pass" else "slots.sentence_review"
        first, last = (words.moment(moment_of(at)) for at in found.slots[0].starts)
        sentence = say(key, change=found.change, first=first, last=last, span=span, zone=words.zone_name)
    else:
        sentence = say("slots.none", change=found.change, span=span, zone=words.zone_name)
    out.print(sentence, style="bold")
    out.print(say("conflicts.revision", revision=found.revision), style="dim")
    for slot in found.slots[:LISTED]:
        earliest, latest = (words.moment(moment_of(at)) for at in slot.starts)
        out.print(f"{VERDICT_SIGNS[slot.verdict]} {say('slots.range', earliest=earliest, latest=latest)}")
    if len(found.slots) > LISTED:
        out.print(say("spof.more", count=len(found.slots) - LISTED), style="dim")
    _print_rejected(words, found)
    out.print(say("slots.alone", change=found.change), style="dim")
    words.reasons(found.reasons)
    if not found.complete:
        out.print(say("conflicts.incomplete"))
    elif found.others_possible:
        out.print(say("conflicts.others_possible", k=found.order), style="dim")


def _print_rejected(words: _Words, found: "FreeSlots") -> None:
    # starts one after the other that the same keeps away are told of once, by the first of them
    from queries.planned import moment_of

    say = words.say
    alike = groupby(found.tried, key=lambda start: list(_once(words, found.against(start))))
    for number, (_, some) in enumerate(alike):
        if number == LISTED:
            break
        starts = list(some)
        first, last = (words.moment(moment_of(at)) for at in (starts[0], starts[-1]))
        key = "slots.rejected" if len(starts) == 1 else "slots.rejected_more"
        words.out.print(say(key, start=first, last=last, count=len(starts) - 1))
        for each in list(_once(words, found.against(starts[0])).values())[:NAMED]:
            words.out.print(f"  {VERDICT_SIGNS[each.told.severity]} {_in_the_way(words, each)}")


def _once(words: _Words, some: Sequence["InTheWay"]) -> dict[str, "InTheWay"]:
    # the same at several times: the first of them
    found: dict[str, InTheWay] = {}
    for each in some:
        found.setdefault(words.conflict(each.told), each)
    return found


def _in_the_way(words: _Words, each: "InTheWay") -> str:
    from queries.planned import moment_of

    ends = each.obstacle.ends
    span = words.span(moment_of(each.obstacle.begins), None if ends is None else moment_of(ends))
    return words.say("slots.in_the_way", what=words.conflict(each.told), span=span)


COMMANDS = (changes_group,)
