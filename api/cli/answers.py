"""`faultline impact`: the sentence first, then services, counts, the table, and why."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from api.cli.door import Door, told
from api.cli.main import t
from api.cli.progress import compiling
from api.cli.usage import Command
from graph.errors import BadInputError
from graph.values import shown

if TYPE_CHECKING:
    from queries.impact import EffectWord

LISTED = 20  # affected CIs that the text names unless --limit says otherwise


@click.command("impact", cls=Command, help=t("cli.impact_help"))
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
    door.as_json = as_json
    with told(door):
        _answer(door, parse_seeds(seeds), as_of, limit=limit, whole=whole)


def _answer(
    door: Door, seeds: "Mapping[str, EffectWord]", as_of: str | None, *, limit: int | None, whole: bool
) -> None:
    from api.cli.picture import print_blast_radius
    from api.register import open_register
    from queries.blast_radius import Circumstances, blast_radius

    with open_register(door.settings) as register:
        revision = register.revision_of(as_of)
        circumstances = register.circumstances() if revision is None else Circumstances()
        compiling(door)
        found = blast_radius(register.estate(revision), seeds, circumstances)
        if door.as_json:
            door.answer(found.plain(limit=limit))
        else:
            shown_at_most = LISTED if limit is None else limit
            print_blast_radius(door.out, door.texts, register.store.ontology, found, limit=shown_at_most, whole=whole)


def parse_seeds(given: tuple[str, ...]) -> "dict[str, EffectWord]":
    """`ci_id` or `ci_id=effect`, as words of the command line; an id holds no `=`."""
    seeds: dict[str, EffectWord] = {}
    words: dict[str, EffectWord] = {"outage": "outage", "degraded": "degraded", "retire": "retire"}
    for text in given:
        ci_id, separator, effect = text.partition("=")
        word = words.get(effect if separator else "outage")
        if not ci_id:
            raise BadInputError("impact.no_seeds")
        if word is None:
            raise BadInputError("impact.unknown_effect", effect=shown(effect), effects=", ".join(words))
        if seeds.get(ci_id, word) != word:
            raise BadInputError("impact.two_effects", ci_id=shown(ci_id))
        seeds[ci_id] = word
    return seeds


COMMANDS = (impact_command,)
