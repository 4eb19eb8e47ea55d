"""Notices sent to a webhook: signed, tried again, each under one id; by one process of all that serve the store."""

import hashlib
import hmac
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx

from api.access.tokens import read_secret
from api.repeating import again_and_again
from graph.errors import BadInputError, kind_of
from graph.settings import Settings
from graph.store import Store
from graph.store.notices import Notice, claim, due, forget, not_taken, sent

LOG = logging.getLogger(__name__)
PAUSE = 1.0  # seconds between two looks
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
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
        try:
            found = urlsplit(self.url)
            _ = found.port, httpx.URL(self.url)
        except (ValueError, httpx.InvalidURL) as error:
            raise BadInputError("webhook.url", url=self.url[:200]) from error
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
        self, store: Store, webhook: Webhook, *, transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = addresses,
    ) -> None:  # fmt: skip
        self._store, self._webhook, self._resolve = store, webhook, resolve
        self._transport, self._tls = transport, httpx.create_ssl_context(trust_env=False)
        self._forgot = -FORGETTING

    def run(self, ending: threading.Event) -> None:
        """Look for what is due, again and again."""
        again_and_again(
            lambda: self.once(datetime.now(UTC), ending), ending, PAUSE, "notices could not be looked for"
        )  # fmt: skip

    def once(self, now: datetime, ending: threading.Event | None = None) -> int:
        """Send what is due now; how many were taken."""
        taken, began, first = 0, time.monotonic(), now
        for notice in due(self._store, now):
            now = first + timedelta(seconds=time.monotonic() - began)  # those before it may have taken long
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
            status = anyio.run(self._posted, notice.body, headers, self._allowed())
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RefusedAddressError) as error:
            return kind_of(error)  # ValueError: a name that cannot be one in the DNS
        return None if httpx.codes.is_success(status) else f"status {status}"

    async def _posted(self, body: bytes, headers: dict[str, str], addresses: Sequence[str | None]) -> int:
        # what it answers is nobody's business but its status; all of it in so much time, however it drips
        made = partial(
            httpx.AsyncClient, transport=self._transport, follow_redirects=False, trust_env=False,
            verify=self._tls,
        )  # fmt: skip
        with anyio.fail_after(TIMEOUT):
            for left, address in enumerate(addresses, 1 - len(addresses)):
                try:
                    # one that answers nothing leaves time for the others
                    limits = httpx.Timeout(TIMEOUT, connect=TIMEOUT / (1 + len(addresses)))
                    async with made(timeout=limits) as client:
                        request = client.build_request("POST", content=body, **self._to(address, headers))
                        answer = await client.send(request, stream=True)
                        await answer.aclose()
                        return answer.status_code
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if not left:
                        raise
        raise RefusedAddressError

    def _to(self, address: str | None, headers: dict[str, str]) -> dict[str, Any]:
        # to the address that was looked at: asked again, a name may lead elsewhere
        url = httpx.URL(self._webhook.url)
        if address is None:
            return {"url": url, "headers": headers}
        named = {**headers, "Host": url.netloc.decode("ascii")}
        return {"url": url.copy_with(host=address), "headers": named, "extensions": {"sni_hostname": url.host}}

    def _allowed(self) -> Sequence[str | None]:
        # a name may lead elsewhere than it did when it was set
        found = urlsplit(self._webhook.url)
        if self._webhook.private or found.hostname is None:
            return [None]
        port = found.port or (443 if found.scheme == "https" else 80)
        known = list(dict.fromkeys(self._resolve(found.hostname, port)))
        if not known or any(not _is_public(each) for each in known):
            raise RefusedAddressError
        return known


def _is_public(text: str) -> bool:
    # an address of IPv4 within one of IPv6 leads where that one does
    found = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast
