"""`faultline impact`: the sentence first, then services, counts, the table, and why."""

import sys

import click

from api.cli.door import Door, told
from api.cli.main import t
from api.cli.picture import print_blast_radius
from api.register import open_register
from graph.errors import BadInputError
from queries.impact import EffectWord


@click.command("impact", help=t("cli.impact_help"))
@click.argument("seeds", nargs=-1, required=True, metavar="CI[=EFFECT]...")
@click.option("--as-of", help=t("cli.as_of_help"))
@click.option("--witness", "whole", is_flag=True, help=t("cli.witness_help"))
@click.option("--limit", type=click.IntRange(0), help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def impact_command(
    door: Door, seeds: tuple[str, ...], as_of: str | None, whole: bool, limit: int | None, as_json: bool
) -> None:
    """What breaks when these CIs stop."""
    from queries.blast_radius import Circumstances, blast_radius

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        wanted = parse_seeds(seeds)
        revision = register.revision_of(as_of)
        circumstances = register.circumstances() if revision is None else Circumstances()
        found = blast_radius(register.estate(revision), wanted, circumstances)
        if as_json:
            door.answer(found.plain(limit=limit))
        else:
            print_blast_radius(door.out, door.texts, found, limit=20 if limit is None else limit, whole=whole)
        sys.exit(0)


def parse_seeds(given: tuple[str, ...]) -> dict[str, EffectWord]:
    """`ci_id` or `ci_id=effect`, as words of the command line; an id holds no `=`."""
    seeds: dict[str, EffectWord] = {}
    words: dict[str, EffectWord] = {"outage": "outage", "degraded": "degraded", "retire": "retire"}
    for text in given:
        ci_id, separator, effect = text.partition("=")
        word = words.get(effect if separator else "outage")
        if word is None:
            raise BadInputError("impact.unknown_effect", effect=effect[:60], effects=", ".join(words))
        if seeds.get(ci_id, word) != word:
            raise BadInputError("impact.two_effects", ci_id=ci_id[:60])
        seeds[ci_id] = word
    return seeds


COMMANDS = (impact_command,)
