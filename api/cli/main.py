"""The commands, each with its help in the user's language."""

import sys
from pathlib import Path

import click

from api.cli.door import Door, texts
from api.cli.version import VERSION

t = texts()


@click.group(help=t("cli.help"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="faultline", help=t("cli.version_help"))
@click.option("--data-dir", type=click.Path(path_type=Path), help=t("cli.data_dir_help"))
@click.pass_context
def cli(context: click.Context, data_dir: Path | None) -> None:
    """The group of all commands."""
    context.obj = Door(data_dir)


def main() -> None:
    """Entry point of the `faultline` command."""
    from api.cli import answers, browse, demo, imports, operations, serve

    for module in (imports, answers, browse, operations, serve, demo):
        for command in module.COMMANDS:
            cli.add_command(command)
    try:
        cli(standalone_mode=False)
    except click.Abort:
        click.echo(t("cli.aborted"), err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
