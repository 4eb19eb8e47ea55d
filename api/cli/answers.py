"""`faultline impact`: the sentence first, then services, counts, the table, and why."""

import click

from api.cli.door import Door, told
from api.cli.main import t
from api.cli.progress import estate_of
from api.cli.usage import Command
from graph.errors import BadInputError

LISTED = 20  # affected CIs that the text names unless --limit says otherwise


@click.command("impact", cls=Command, help=t("cli.impact_help"))
@click.argument("seeds", nargs=-1, required=True, metavar="CI[=EFFECT]...")
@click.option("--as-of", help=t("cli.as_of_help"))
@click.option("--whys", "whole", is_flag=True, help=t("cli.whys_help"))
@click.option("--limit", type=click.IntRange(0), help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def impact_command(
    door: Door, seeds: tuple[str, ...], as_of: str | None, whole: bool, limit: int | None, as_json: bool
) -> None:
    """What breaks when these CIs stop."""
    door.as_json = as_json
    with told(door):
        _answer(door, seeds, as_of, limit=limit, whole=whole)


def _answer(door: Door, seeds: tuple[str, ...], as_of: str | None, *, limit: int | None, whole: bool) -> None:
    from api.cli.picture import print_blast_radius
    from api.register import open_register
    from queries.blast_radius import Circumstances, blast_radius, seeds_of

    wanted = seeds_of(parse_seeds(seeds))
    with open_register(door.settings) as register:
        revision = register.revision_of(as_of)
        circumstances = register.circumstances() if revision is None else Circumstances()
        found = blast_radius(estate_of(door, register, revision), wanted, circumstances)
        if door.as_json:
            door.answer(found.plain(limit=limit))
        else:
            shown_at_most = LISTED if limit is None else limit
            print_blast_radius(door.out, door.texts, register.store.ontology, found, limit=shown_at_most, whole=whole)


def parse_seeds(given: tuple[str, ...]) -> list[tuple[str, str]]:
    """(id, effect) of `ci_id` or `ci_id=effect`, as words of the command line; an id holds no `=`."""
    parts = [text.partition("=") for text in given]
    if not all(ci_id for ci_id, _, _ in parts):
        raise BadInputError("impact.no_seeds")
    return [(ci_id, effect if separator else "outage") for ci_id, separator, effect in parts]


COMMANDS = (impact_command,)
