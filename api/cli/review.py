"""`faultline review`: may this change go ahead; verdict, why, who must agree, what would make it pass."""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.door import Door, t, told
from api.cli.progress import estate_of, say_compiling
from api.cli.usage import Command
from graph.risk.model import SEVERITIES

if TYPE_CHECKING:
    from datetime import datetime

    from api.holding import Reviewable
    from api.manifests import ManifestOptions
    from api.review_words import ReviewWords
    from api.terraform import PlanOptions
    from graph.estate import Estate

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")


@click.command("review", cls=Command, help=t("cli.review_help"))
@click.argument("changes", metavar="CHANGE|FILE|DIR...", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help=t("cli.format_help")
)
@click.option("--fail-on", type=click.Choice(SEVERITIES[1:]), help=t("cli.fail_on_help"))
@click.option("--map", "map_file", metavar="FILE", type=click.Path(path_type=Path), help=t("cli.plan_map_help"))
@click.option("--from", "start", metavar="TIME", help=t("cli.plan_from_help"))
@click.option("--to", "end", metavar="TIME", help=t("cli.plan_to_help"))
@click.option("--snapshot", metavar="FILE", type=click.Path(path_type=Path), help=t("cli.review_snapshot_help"))
@click.option("--max-age", metavar="DURATION", help=t("cli.max_age_help"))
@click.option("--before", metavar="DIR", type=click.Path(path_type=Path), help=t("cli.review_before_help"))
@click.option("--as", "kind", type=click.Choice(("compose", "kubernetes")), help=t("cli.review_as_help"))
@click.option("--project", help=t("cli.project_help"))
@click.option("--cluster", default="default", show_default=True, help=t("cli.cluster_help"))
@click.option("--at", metavar="TIME", help=t("cli.at_help"))
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def review_command(
    door: Door, /, changes: tuple[str, ...], form: str, fail_on: str | None, as_json: bool, **options: Any
) -> None:
    """Whether a change may go ahead."""
    from api.manifests import ManifestOptions
    from api.terraform import PlanOptions

    form = "json" if as_json else form
    door.as_json = form == "json"
    with told(door):
        asked = Asked(*(options.pop(name) for name in ("snapshot", "at", "limit", "max_age")))
        manifests = ManifestOptions(*(options.pop(name) for name in ("before", "kind", "project", "cluster")))
        found = _reviewed(door, changes, PlanOptions(**options), manifests, asked)
        click.echo(_laid_out(door, form, found, changes[0], fail_on))
    answer = found.answer
    failing = fail_on is not None and SEVERITIES.index(answer["verdict"]) >= SEVERITIES.index(fail_on)
    sys.exit(1 if failing else 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom it is asked, of when, how much is listed, and how old what a snapshot holds may be."""

    snapshot: Path | None
    at: str | None
    limit: int
    max_age: str | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An answer, what the change is called, and the words for it."""

    answer: dict[str, Any]
    title: str
    words: "ReviewWords"


def _reviewed(
    door: Door, changes: tuple[str, ...], options: "PlanOptions", manifests: "ManifestOptions", asked: Asked
) -> Reviewed:
    from api.manifests import asked_about
    from api.moments import asked_at
    from api.review_told import answered
    from api.review_words import words_of
    from api.reviewing import judged
    from api.scheduling import Schedule

    with _opened(door, asked.snapshot) as (register, estate):
        at = asked_at(asked.at, register.settings.timezone)
        aged = _aged(register, at, asked.max_age)
        schedule = Schedule(register, estate, at)
        question = asked_about(schedule, changes, options, manifests)
        found = judged(schedule, question.change, question.agreed)
        answer = answered(found, asked.limit) | aged
    if question.plan is not None:
        answer["plan"] = question.plan.plain(limit=asked.limit)
    if question.manifests is not None:
        answer["manifests"] = question.manifests.plain(limit=asked.limit)
    return Reviewed(answer, found.change.title, words_of(found, door.texts))


def _aged(register: "Reviewable", at: "datetime", most: str | None) -> dict[str, Any]:
    from api.offline import Offline
    from graph.errors import BadInputError
    from graph.values import ValueRefused, parse_duration, shown

    try:
        longest = None if most is None else parse_duration(most)
    except ValueRefused as refused:
        raise BadInputError(refused.message.key, **refused.message.params) from refused
    if not isinstance(register, Offline):
        return {}  # the register is of now
    found = register.age(at)
    if longest is not None and found["age"] > longest:
        raise BadInputError("snapshot.too_old", of=found["of"], most=shown(str(most)))
    return {"snapshot": found}


@contextlib.contextmanager
def _opened(door: Door, snapshot: Path | None) -> "Iterator[tuple[Reviewable, Estate]]":
    file = snapshot or door.settings.snapshot
    if file is not None:
        from api.offline import open_snapshot

        say_compiling(door)
        offline = open_snapshot(file, door.settings)
        yield offline, offline.estate()
        return
    from api.register import open_register

    with open_register(door.settings) as register:
        yield register, estate_of(door, register)


def _laid_out(
    door: Door, form: str, found: Reviewed, change: str, fail_on: str | None
) -> str:  # fmt: skip
    from api.review_html import as_html
    from api.review_junit import as_junit
    from api.review_sarif import as_sarif
    from api.review_told import as_markdown, as_text
    from api.review_told import told as told_whole
    from api.scheduling import is_file

    answer, title = found.answer, found.title
    if form == "json":
        return json.dumps(answer, ensure_ascii=False)
    if form == "sarif":
        return json.dumps(as_sarif(answer, title, door.texts, change if is_file(change) else None), ensure_ascii=False)
    if form == "junit":
        return as_junit(answer, title, door.texts, fail_on)
    whole = told_whole(answer, title, door.texts, found.words)
    if form == "html":
        return as_html(whole, answer["verdict"], door.texts.language)
    return as_markdown(whole) if form == "markdown" else as_text(whole)


COMMANDS = (review_command,)
