"""`faultline review`: may this change go ahead; verdict, why, who must agree, what would make it pass."""

import sys

import click

from api.cli.door import Door, told
from api.cli.main import t
from api.cli.progress import estate_of
from api.cli.usage import Command
from graph.risk.model import SEVERITIES

FORMATS = ("text", "json", "markdown")


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
    from api.review_words import told_lines
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
            lines = told_lines(answer, found.change.title, door.texts, markdown=form == "markdown")
            click.echo("\n".join(lines))
    failing = fail_on is not None and SEVERITIES.index(answer["verdict"]) >= SEVERITIES.index(fail_on)
    sys.exit(1 if failing else 0)


COMMANDS = (review_command,)
