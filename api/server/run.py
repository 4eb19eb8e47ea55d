"""Starting the server, and refusing to start one that nothing guards."""

import contextlib
import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from api.register import open_register
from api.server.app import LONGEST_BODY, Guard, make_app
from graph.errors import BadInputError, StorageError
from graph.settings import Settings

UNREAD = 30_000  # milliseconds
SHORTEST_TOKEN = 24  # characters; what a person would type is guessed sooner or later


def serve(settings: Settings, host: str, port: int, *, started: Callable[[str], None] = lambda _: None) -> None:
    """Serve until interrupted.

    Raises
    ------
    BadInputError
        `server.open_bind`: beyond the loopback without FAULTLINE_ADMIN_TOKEN_FILE.
    StorageError
        `server.port_taken`.
    """
    guard = Guard(read_token(settings.admin_token_file))
    if guard.local and not is_loopback(host):
        raise BadInputError("server.open_bind", host=host)
    with contextlib.closing(_bound(host, port)) as listening, open_register(settings) as register:
        # made now, so that the first answer need not wait for it
        register.live.make_room()
        listening.listen()
        shown = f"[{host}]" if ":" in host else host
        started(f"http://{shown}:{listening.getsockname()[1]}/graphql")
        app = make_app(register, guard)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws_max_size=LONGEST_BODY,
            ws_per_message_deflate=False,
        )
        # Ctrl-C is how it is meant to end
        with contextlib.suppress(KeyboardInterrupt):
            _Server(config, register.importing.stopping.set).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Tells what goes on beside the answers that the end has come, before it waits for the answers."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._ending()
        super().handle_exit(sig, frame)


def _bound(host: str, port: int) -> socket.socket:
    # said to be TCP, so that asyncio sends small answers at once: else each waits 40 ms for the peer's acknowledgement
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: who takes nothing for so long is dropped by the system itself
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StorageError("server.port_taken", host=host, port=port, reason=error.strerror or "") from error
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(path: Path | None) -> str | None:
    """The administrator's token; BadInputError for a file that cannot be read or holds too short a one."""
    if path is None:
        return None
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8"
        raise BadInputError("server.token_file", path=str(path), reason=reason) from error
    if len(token) < SHORTEST_TOKEN:
        raise BadInputError("server.token_short", path=str(path), least=SHORTEST_TOKEN)
    return token
