"""`faultline review`: may this change go ahead; verdict, why, who must agree, what would make it pass."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from api.cli.door import Door, told
from api.cli.main import t
from api.cli.progress import estate_of
from api.cli.usage import Command
from api.words import STATE_SIGNS, VERDICT_SIGNS, lasting
from graph.risk.model import SEVERITIES

if TYPE_CHECKING:
    from api.texts import Texts
    from queries.review import Review

FORMATS = ("text", "json", "markdown")
TOLD = 12  # services that the text names
NAMED = 5  # CIs of each list that it names


@click.command("review", cls=Command, help=t("cli.review_help"))
@click.argument("change", metavar="CHANGE|FILE")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help=t("cli.format_help")
)
@click.option("--fail-on", type=click.Choice(SEVERITIES[1:]), help=t("cli.fail_on_help"))
@click.option("--at", metavar="TIME", help=t("cli.at_help"))
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def review_command(
    door: Door, change: str, form: str, fail_on: str | None, at: str | None, limit: int, as_json: bool
) -> None:
    """Whether a change may go ahead."""
    from api.moments import asked_at
    from api.register import open_register
    from api.reviewing import reviewed
    from queries.review_answer import plain

    door.as_json = as_json or form == "json"
    with told(door), open_register(door.settings) as register:
        moment = asked_at(at, door.settings.timezone)
        found = reviewed(register, change, estate_of(door, register), moment)
        answer = plain(found, limit=limit)
        if door.as_json:
            door.answer(answer)
        else:
            lines = told_lines(answer, found, door.texts, markdown=form == "markdown")
            click.echo("\n".join(lines))
    failing = fail_on is not None and SEVERITIES.index(answer["verdict"]) >= SEVERITIES.index(fail_on)
    sys.exit(1 if failing else 0)


def told_lines(answer: Mapping[str, Any], review: "Review", say: "Texts", *, markdown: bool) -> list[str]:
    """The answer in words, a line each; `markdown`: with its headings and lists."""
    head, item = ("## ", "- ") if markdown else ("", "  ")
    verdict = answer["verdict"]
    title = say(f"review.verdict_{verdict}", change=answer["change"], title=review.change.title)
    lines = [f"{'# ' if markdown else ''}{VERDICT_SIGNS[verdict]} {title}"]
    lines.append(say("review.score", score=answer["score"], band=say(f"review.band_{answer['band']}"),
                     model=answer["risk_model"], revision=answer["revision"],
                     worst=say(f"review.{answer['worst']}")))  # fmt: skip

    def part(key: str, rows: list[str]) -> None:
        if rows:
            lines.extend(["", f"{head}{say(key)}", *(["", *(item + row for row in rows)] if markdown else
                                                     [item + row for row in rows])])  # fmt: skip

    part("review.reasons", [_reason(reason, say) for reason in answer["reasons"]])
    part("review.services", _some([_service(service, say) for service in answer["services"]], say))
    part("review.steady", _some([_steady(each, say) for each in answer["before_after"]["steady"]], say))
    wishes = [_wish(wish, say) for wish in answer["passes_if"]]
    part("review.passes_if", wishes if answer["passes_if_complete"] else [*wishes, say("review.wishes_incomplete")])
    part("review.approvers", [_who(who, say) for who in answer["approvers"]])
    part("review.notify", [_who(who, say) for who in answer["notify"]])
    factors = [factor for factor in answer["factors"] if factor["contribution"]]
    part("review.factors", [_factor(factor, say) for factor in factors])
    lines += ["", say("review.evidence", hash=answer["evidence_hash"])]
    return lines


def _reason(reason: Mapping[str, Any], say: "Texts") -> str:
    key = f"review.reason_{reason['key']}"
    return f"{VERDICT_SIGNS[reason['severity']]} {_filled(say, key, reason['params'])}"


def _filled(say: "Texts", key: str, params: Mapping[str, Any]) -> str:
    if "changes" in params:
        return say("review.together", what=say(key, **params), changes=params["changes"])
    return say(key, **{name: "—" if value is None else value for name, value in params.items()})


def _service(service: Mapping[str, Any], say: "Texts") -> str:
    state = say(f"impact.state_{service['state']}")
    marks: list[str] = []
    if service["left_without_redundancy"]:
        marks.append(say("review.left_without_redundancy"))
    if service["agreed_outage"]:
        marks.append(say("review.agreed"))
    name, ci_id = service["name"], service["ci_id"]
    named = ci_id if name == ci_id else f"{name} ({ci_id})"
    return " ".join([STATE_SIGNS[service["state"]], named, state, *marks])


def _some(rows: list[str], say: "Texts") -> list[str]:
    rest = len(rows) - TOLD
    return [*rows[:TOLD], say("spof.more", count=rest)] if rest > 0 else rows


def _steady(each: Mapping[str, Any], say: "Texts") -> str:
    parts = []
    times = {name: each[f"recovery_{name}"] for name in ("before", "after")}
    if times["before"] != times["after"]:
        shown = {name: say("review.time_unknown") if v is None else lasting(say, v) for name, v in times.items()}
        parts.append(say("review.steady_recovery", **shown))
    for key in ("spofs_added", "spofs_removed", "dependencies_added", "dependencies_removed"):
        if each[key]:
            more = [f"… +{len(each[key]) - NAMED}"] if len(each[key]) > NAMED else []
            what = say("impact.comma").join([*each[key][:NAMED], *more])
            parts.append(say(f"review.steady_{key}", what=what))
    return say("review.steady_service", service=each["service"], what=say("impact.comma").join(parts))


def _wish(wish: Mapping[str, Any], say: "Texts") -> str:
    value = next(iter(wish["params"].values()))
    what = say(f"review.paper_{value}") if wish["kind"] == "document" else value
    if wish["kind"] == "edit_order":
        what = say("impact.comma").join(value)
    return say(f"review.wish_{wish['kind']}", what=what, verdict=say(f"review.word_{wish['verdict']}"))


def _who(who: Mapping[str, Any], say: "Texts") -> str:
    if who["role"] == "change_authority":
        return say("review.authority", category=say(f"review.category_{who['category'] or 'none'}"))
    services = say("impact.comma").join(who["services"])
    return say(f"review.role_{who['role']}", who=who["ci_id"], services=services)


def _factor(factor: Mapping[str, Any], say: "Texts") -> str:
    numbers = {name: f"{factor[name]:g}" for name in ("value", "weight")}
    contribution = f"{round(factor['contribution'], 2):g}"
    return say("review.factor", what=say(f"review.factor_{factor['id']}"), contribution=contribution, **numbers)


COMMANDS = (review_command,)
