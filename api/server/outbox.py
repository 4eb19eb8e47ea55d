"""Notices sent to a webhook: signed, tried again, each under one id; by one process of all that serve the store."""

import hashlib
import hmac
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from api.access.tokens import read_secret
from api.server.journal import kind_of
from graph.errors import BadInputError
from graph.settings import Settings
from graph.store import Store
from graph.store.notices import Notice, claim, due, forget, not_taken, sent

LOG = logging.getLogger(__name__)
PAUSE = 1.0  # seconds between two looks
TIMEOUT = 10.0  # seconds for the whole of one delivery: a receiver takes it and works on it later
CLAIMED = 60.0  # seconds that a notice is one process's own
FORGETTING = 3_600.0  # seconds between two times that old ones are removed
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Webhook:
    """Where notices go. `secret`: they are signed with it. `private`: whether it may be within one's own network."""

    url: str
    secret: bytes
    private: bool = False

    def __post_init__(self) -> None:
        found = urlsplit(self.url)
        if found.scheme not in ("https", "http") or not found.hostname or found.username is not None:
            raise BadInputError("webhook.url", url=self.url[:200])
        if found.scheme == "http" and not self.private:
            raise BadInputError("webhook.no_tls", url=self.url[:200])

    def signature(self, moment: int, body: bytes) -> str:
        """Of a body sent at a moment (seconds since 1970): HMAC-SHA256 over `moment.body`."""
        return hmac.new(self.secret, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def webhook_of(settings: Settings) -> Webhook | None:
    """Where notices go by the settings; BadInputError `webhook.*` for what cannot be used."""
    if settings.webhook_url is None:
        return None
    if settings.webhook_secret_file is None:
        raise BadInputError("webhook.no_secret")
    secret = read_secret(settings.webhook_secret_file).encode()
    return Webhook(settings.webhook_url, secret, settings.webhook_private)


class RefusedAddressError(Exception):
    """The webhook's name leads to an address within a network, which nobody has allowed."""


def addresses(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Outbox:
    """Sends what is due until it is told to end; what fails is tried later, and never stops what comes after it."""

    def __init__(
        self, store: Store, webhook: Webhook, *, transport: httpx.BaseTransport | None = None,
        resolve: Resolve = addresses,
    ) -> None:  # fmt: skip
        self._store, self._webhook, self._resolve = store, webhook, resolve
        self._client = httpx.Client(transport=transport, timeout=TIMEOUT, follow_redirects=False, trust_env=False)
        self._forgot = -FORGETTING

    def run(self, ending: threading.Event) -> None:
        """Look for what is due, again and again."""
        with self._client:
            while not ending.is_set():
                try:
                    self.once(datetime.now(UTC), ending)
                except Exception as error:  # the store may be away: then there is time
                    LOG.warning("notices could not be looked for", extra={"fields": {"error": kind_of(error)}})
                ending.wait(PAUSE)

    def once(self, now: datetime, ending: threading.Event | None = None) -> int:
        """Send what is due now; how many were taken."""
        taken = 0
        for notice in due(self._store, now):
            if ending is not None and ending.is_set():
                break
            if not claim(self._store, notice, now, CLAIMED):
                continue
            why = self._delivered(notice)
            if why is None:
                sent(self._store, notice, now)
                taken += 1
            else:
                LOG.warning("a notice was not taken", extra={"fields": {"notice": notice.key, "why": why}})
                not_taken(self._store, notice, now, why)
        if time.monotonic() - self._forgot > FORGETTING:
            self._forgot = time.monotonic()
            forget(self._store, now)
        return taken

    def _delivered(self, notice: Notice) -> str | None:
        # why it was not taken
        moment = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "Faultline-Notice": notice.key,
            "Faultline-Signature": f"t={moment},v1={self._webhook.signature(moment, notice.body)}",
        }
        try:
            self._allowed()
            # what it answers is nobody's business but its status
            with self._client.stream("POST", self._webhook.url, content=notice.body, headers=headers) as answer:
                return None if answer.is_success else f"status {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RefusedAddressError) as error:
            return kind_of(error)

    def _allowed(self) -> None:
        # a name may lead elsewhere than it did when it was set
        found = urlsplit(self._webhook.url)
        if self._webhook.private or found.hostname is None:
            return
        port = found.port or (443 if found.scheme == "https" else 80)
        for each in self._resolve(found.hostname, port):
            if not ipaddress.ip_address(each.partition("%")[0]).is_global:
                raise RefusedAddressError
