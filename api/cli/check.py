"""`faultline check`: whether a file proves what it claims."""

import sys
from pathlib import Path

import click

from api.cli.door import Door, told
from api.cli.main import t
from api.cli.usage import Command


@click.command("check", cls=Command, help=t("cli.check_help"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rehash", is_flag=True, help=t("cli.rehash_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def check_command(door: Door, file: Path, rehash: bool, as_json: bool) -> None:
    """An independent verification of certificates."""
    from api.certificates import verified
    from api.register import open_register

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        found = verified(register, file, rehash=rehash)
        claim, bad = found.header.claim, found.bad_step
        if as_json:
            door.answer(found.plain())
        else:
            state = door.texts(f"impact.claim_{claim.state}", ci_id=claim.ci_id)
            if bad is None:
                click.echo(door.texts("cli.check_accepted", claim=state, steps=found.steps_checked))
            else:
                step = door.texts("cli.check_step", n=bad.index + 1)
                where, reason = step if bad.index >= 0 else door.texts("cli.check_header"), door.texts.say(bad.message)
                click.echo(door.texts("cli.check_rejected", claim=state, where=where, reason=reason))
    sys.exit(0 if found.accepted else 1)


COMMANDS = (check_command,)
