"""`faultline check`: whether a file proves what it claims."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.door import Door, t, told
from api.cli.usage import Command
from graph.errors import BadInputError
from graph.values import shown

if TYPE_CHECKING:
    from api.certificates import Verdict

SEEDS = 5  # that are named


@click.command("check", cls=Command, help=t("cli.check_help"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rehash", is_flag=True, help=t("cli.rehash_help"))
@click.option("--offline", is_flag=True, help=t("cli.check_offline_help"))
@click.option("--hash", "noted", metavar="HASH", help=t("cli.check_hash_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def check_command(door: Door, file: Path, rehash: bool, offline: bool, noted: str | None, as_json: bool) -> None:
    """An independent verification of certificates and of packs of evidence."""
    from api.certificates import verified
    from api.evidence import evidence_in
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        pack = evidence_in(file)
        if pack is not None:
            sys.exit(_evidence(door, pack, noted and noted.strip(), offline=offline))
        if offline or noted is not None:
            raise BadInputError("evidence.not_offline", file=str(file))
    with told(door), open_register(door.settings) as register:
        found = verified(register, file, rehash=rehash)
        if as_json:
            door.answer(found.plain())
        else:
            _tell(door, found)
    sys.exit(0 if found.checked.accepted else 1)


def _evidence(door: Door, pack: Mapping[str, Any], noted: str | None, *, offline: bool) -> int:
    from api.evidence import examined
    from api.register import open_register

    if offline:
        found = examined(pack, None, noted)
    else:
        with open_register(door.settings) as register:
            found = examined(pack, register, noted)
    if door.as_json:
        door.answer(found.plain())
        return 0 if found.accepted else 1
    answer, problem = pack["answer"], found.problem
    told_of = {name: shown(answer.get(name)) for name in ("change", "verdict", "revision", "at")}
    if problem is None:
        key = "cli.check_evidence_again" if found.asked else "cli.check_evidence"
        click.echo(door.texts(key, **told_of))
        if not found.asked:
            same = {pack["hash"]: "cli.check_hash_same", pack["seal"]: "cli.check_seal_same"}
            told_hash = {"hash": pack["hash"], "seal": pack["seal"]}  # whole: they are what is compared
            click.echo(door.texts("cli.check_itself" if noted is None else same[noted], **told_hash))
        if found.is_earlier:
            click.echo(door.texts("cli.check_earlier"))
            return 0
        counted: dict[str, str | int] = {
            "count": len(pack["certificates"]),
            "unproved": shown(pack["unproved"]),
            "seal": pack["seal"],
        }
        click.echo(door.texts("cli.check_certificates" if found.asked else "cli.check_from_part", **counted))
    else:
        reason, flaw = door.texts.say(problem), found.flaw
        if flaw is not None:
            step = door.texts("cli.check_step", n=flaw.index + 1) if flaw.index >= 0 else door.texts("cli.check_header")
            reason = door.texts("cli.check_flaw", where=shown(flaw.where), step=step, reason=reason)
        click.echo(door.texts("cli.check_evidence_rejected", **told_of, reason=reason))
    return 0 if found.accepted else 1


def _tell(door: Door, found: "Verdict") -> None:
    checked, count, unproved = found
    header, bad = checked.header, checked.bad_step
    claim = header.claim
    word = claim.state if claim.exact or claim.state in ("outage", "not_out") else f"{claim.state}_at_least"
    seeds = ", ".join(f"{shown(seed.ci_id)}={seed.effect}" for seed in header.seeds[:SEEDS])
    if len(header.seeds) > SEEDS:
        seeds += " …"
    told: dict[str, str | int] = {
        "claim": door.texts(f"impact.claim_{word}", ci_id=shown(claim.ci_id)),
        "seeds": seeds or door.texts("cli.check_no_seeds"),
        "revision": header.revision,
    }
    if bad is None:
        click.echo(door.texts("cli.check_accepted", **told, steps=checked.steps_checked))
        if count > 1:
            click.echo(door.texts("cli.check_count", count=count))
        if unproved:
            click.echo(door.texts("cli.check_unproved", count=unproved))
        return
    step = door.texts("cli.check_step", n=bad.index + 1)
    where, reason = step if bad.index >= 0 else door.texts("cli.check_header"), door.texts.say(bad.message)
    click.echo(door.texts("cli.check_rejected", **told, where=where, reason=reason))


COMMANDS = (check_command,)
