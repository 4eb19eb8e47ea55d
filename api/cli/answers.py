"""`faultline impact`: the sentence first, then services, counts, the table, and why; with proofs where asked for."""

from typing import Any

import click

from api.cli.door import Door, t, told
from api.cli.progress import estate_of
from api.cli.usage import Command
from graph.errors import BadInputError

STEPS = 10_000  # of a certificate that is one document; a longer one is a line for each
LISTED = 20  # affected CIs that the text names unless --limit says otherwise


@click.command("impact", cls=Command, help=t("cli.impact_help"))
@click.argument("seeds", nargs=-1, required=True, metavar="CI[=EFFECT]...")
@click.option("--as-of", help=t("cli.as_of_help"))
@click.option("--whys", "whole", is_flag=True, help=t("cli.whys_help"))
@click.option("--witness", is_flag=True, help=t("cli.witness_help", most=LISTED))
@click.option("--prove", metavar="CI", help=t("cli.prove_help"))
@click.option("--causes", metavar="CI", help=t("cli.causes_help"))
@click.option("--limit", type=click.IntRange(0), help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def impact_command(door: Door, /, seeds: tuple[str, ...], as_of: str | None, as_json: bool, **shown: Any) -> None:
    """What breaks when these CIs stop."""
    door.as_json = as_json or shown["prove"] is not None
    with told(door):
        _answer(door, seeds, as_of, **shown)


def _answer(
    door: Door, seeds: tuple[str, ...], as_of: str | None, *, limit: int | None, whole: bool, witness: bool,
    prove: str | None, causes: str | None,
) -> None:  # fmt: skip
    from api.certificates import signature_of
    from api.cli.causes import print_causes
    from api.cli.picture import print_blast_radius
    from api.register import open_register
    from queries.blast_radius import Circumstances, blast_radius, seeds_of
    from queries.causes import Causes

    if prove is not None and causes is not None:
        raise BadInputError("causes.both")
    wanted = seeds_of(parse_seeds(seeds))
    with open_register(door.settings) as register:
        revision = register.revision_of(as_of)
        circumstances = register.circumstances() if revision is None else Circumstances()
        found = blast_radius(estate_of(door, register, revision), wanted, circumstances)
        at_most = LISTED if limit is None else limit
        if prove is not None:
            proof = found.certificate(found.number_of(prove)).signed(signature_of(register, found.estate.revision))
            for line in [proof.plain()] if len(proof.steps) <= STEPS else proof.lines():
                door.answer(line)
        elif causes is not None:
            why = Causes(found, found.number_of(causes))
            if door.as_json:
                door.answer(why.plain(signature_of(register, found.estate.revision), limit=at_most))
            else:
                print_causes(door.out, door.texts, why, limit=at_most)
        elif door.as_json and witness:
            signature = signature_of(register, found.estate.revision)
            door.answer(found.plain(limit=at_most, signature=signature))
        elif door.as_json:
            door.answer(found.plain(limit=limit))
        else:
            ontology = register.store.ontology
            print_blast_radius(door.out, door.texts, ontology, found, limit=at_most, whole=whole, proofs=witness)


def parse_seeds(given: tuple[str, ...]) -> list[tuple[str, str]]:
    """(id, effect) of `ci_id` or `ci_id=effect`, as words of the command line; an id holds no `=`."""
    parts = [text.partition("=") for text in given]
    if not all(ci_id for ci_id, _, _ in parts):
        raise BadInputError("impact.no_seeds")
    return [(ci_id, effect if separator else "outage") for ci_id, separator, effect in parts]


COMMANDS = (impact_command,)
