"""Starting the server, and refusing to start one that nothing guards."""

import contextlib
import gc
import ipaddress
import logging
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import uvicorn

from api.access.roles import roles
from api.access.tokens import pepper_path, read_secret
from api.register import Register, open_register
from api.server.app import make_app
from api.server.doorkeeper import Guard
from api.server.journal import journal
from api.server.mailbox import Mailbox, mail_server_of
from api.server.outbox import Outbox, webhook_of
from api.server.probes import METRICS
from api.server.protocol import Http
from api.server.runtime import Runtime
from api.server.settings import ServerSettings
from api.server.stopping import ANSWERS_LEFT, Server
from api.server.telemetry import tracing
from api.texts import Texts
from api.watching.told import Told
from api.watching.watch import Watch
from graph.errors import BadInputError, StorageError, kind_of
from graph.lifecycle import load_lifecycle
from graph.settings import Settings

LOG = logging.getLogger(__name__)
PATIENCE = 10.0  # seconds that a request goes on trying to reach the database
UNREAD = 30_000  # milliseconds
# objects until garbage is looked for, not 700: looking took a third of the time of a long list, which is made of more
YOUNG = (50_000, 10, 10)
# seconds that an answer waits for a thread that computes, not 0.005: it does so each time it has waited for the store
SWITCH = 0.0005


def serve(settings: Settings, host: str, port: int, *, started: Callable[[str], None] = lambda _: None) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises
    ------
    BadInputError
        `server.open_bind`: beyond the loopback without FAULTLINE_ADMIN_TOKEN_FILE or a principal; a setting that cannot
        be used.
    StorageError
        `server.port_taken`.
    """
    own = ServerSettings.from_environment()
    guard = Guard(read_token(settings.admin_token_file), free=(METRICS,) if own.metrics_open else ())
    is_open = guard.local and settings.oidc_issuer is None and not is_loopback(host)
    # no token is valid without a pepper, so there is nobody to be let in
    if is_open and not pepper_path(settings).exists():
        raise BadInputError("server.open_bind", host=host)
    load_lifecycle(settings.lifecycle, frozenset(roles().below))  # a file that does not fit together is told now
    webhook, mail = webhook_of(settings), mail_server_of(settings)
    runtime = Runtime(own, tracing=tracing(own.telemetry))
    # who waits for an answer is rather told to come again than kept waiting as long as an import would
    settings = replace(
        settings,
        retry_seconds=min(settings.retry_seconds, PATIENCE),
        acquire_timeout=min(settings.acquire_timeout, PATIENCE),
    )
    with (
        contextlib.closing(runtime.tracing),
        contextlib.closing(_bound(host, port)) as listening,
        journal(own.log, own.log_level),
        open_register(settings) as register,
    ):
        guard = replace(guard, principals=register.access.any_principal())
        if is_open and not guard.principals:
            raise BadInputError("server.open_bind", host=host)
        # made now, so that the first answer need not wait for it
        register.live.make_room()
        # what is there now stays: looking through it for garbage took most of the time of reading a body of lists
        gc.collect()
        gc.freeze()
        gc.set_threshold(*YOUNG)
        sys.setswitchinterval(SWITCH)
        listening.listen()
        shown = f"[{host}]" if ":" in host else host
        started(f"http://{shown}:{listening.getsockname()[1]}")
        runtime.in_use = lambda: register.store.sessions.in_use.now
        runtime.metrics.describe("embedded" if settings.neo4j_uri is None else "neo4j", settings.pool_size)
        config = uvicorn.Config(
            make_app(register, guard, runtime),
            http=Http,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=ANSWERS_LEFT,
            ws_max_size=own.request.body_bytes,
            ws_per_message_deflate=False,
        )
        ending = threading.Event()
        runtime.stopping.told += (register.importing.stopping.set, ending.set)
        threading.Thread(target=register.live.keep_up, args=(ending,), daemon=True).start()
        if webhook is not None:
            threading.Thread(target=Outbox(register.store, webhook).run, args=(ending,), daemon=True).start()
        if mail is not None:
            box = Mailbox(register.store, mail, Texts(settings.language), settings.public_url, settings.timezone)
            threading.Thread(target=box.run, args=(ending,), daemon=True).start()
        watch = Watch(register, tell=Told(webhook=webhook is not None, mail=mail is not None))
        runtime.watch = watch.progress
        threading.Thread(target=watch.run, args=(ending,), daemon=True).start()
        threading.Thread(target=_remember, args=(register,), daemon=True).start()
        # Ctrl-C before it listens
        with contextlib.suppress(KeyboardInterrupt):
            Server(config, runtime.stopping, own.drain_seconds).run(sockets=[listening])


def _remember(register: Register) -> None:
    # the search index and the catalogue, made beside the first answers; where that fails, whoever asks first makes them
    try:
        register.searching.search("a", 1)
        register.listing.at(register.store.revision())
        gc.freeze()  # looking for garbage first would hold up who is answered
    except Exception as error:
        LOG.warning("what is kept in memory is not there yet", extra={"fields": {"error": kind_of(error)}})


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
    return None if path is None else read_secret(path)
