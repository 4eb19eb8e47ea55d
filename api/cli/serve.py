"""`faultline serve`: the server, on the loopback unless a token guards it."""

import click

from api.cli.door import Door, t, told
from api.cli.usage import Command

PORT = 8470  # INTERFACES


@click.command("serve", cls=Command, help=t("cli.serve_help"))
@click.option("--host", default="127.0.0.1", show_default=True, help=t("cli.host_help"))
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help=t("cli.port_help"))
@click.pass_obj
def serve_command(door: Door, host: str, port: int) -> None:
    """Serve until Ctrl-C."""
    from api.server import serve

    with told(door):
        serve(door.settings, host, port, started=lambda url: click.echo(door.texts("cli.serving", url=url), err=True))


COMMANDS = (serve_command,)
