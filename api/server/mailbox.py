"""Mail to those who wait for changes, by SMTP: at once, or what has gathered for a day in one letter."""

import contextlib
import logging
import secrets
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from api.access.tokens import read_secret
from api.repeating import again_and_again
from api.texts import LANGUAGES, Texts
from api.watching.letters import letter
from graph.errors import BadInputError, kind_of
from graph.settings import Settings
from graph.store import Store
from graph.store.notices import DIGEST, MAIL, Notice, claim, due, gathered, given_up, not_taken, sent
from graph.store.watched import take_turn

LOG = logging.getLogger(__name__)
PAUSE = 2.0  # seconds between two looks
TIMEOUT = 20.0  # seconds for each word of a mail server
CLAIMED = 120.0  # seconds that a notice is one process's own
TLS, STARTTLS, PLAIN = "smtps", "smtp", "smtp+plain"
PORTS = {TLS: 465, STARTTLS: 587, PLAIN: 25}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `scheme`: `smtps` from the first word on, `smtp` STARTTLS, `smtp+plain` in the clear."""

    scheme: str
    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None

    @contextlib.contextmanager
    def opened(self) -> Any:
        """A line to it; OSError or smtplib.SMTPException where there is none."""
        context = ssl.create_default_context()
        line: smtplib.SMTP
        if self.scheme == TLS:
            line = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        else:
            line = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        with line:
            if self.scheme == STARTTLS:
                line.starttls(context=context)
            if self.user is not None and self.password is not None:
                line.login(self.user, self.password)
            yield line


def mail_server_of(settings: Settings) -> MailServer | None:
    """Where mail goes by the settings; BadInputError `mail.*` for what cannot be used."""
    if settings.smtp_url is None:
        return None
    shown = settings.smtp_url[:200]
    try:
        found = urlsplit(settings.smtp_url)
        port = found.port
    except ValueError as error:
        raise BadInputError("mail.url", url=shown) from error
    if found.scheme not in PORTS or not found.hostname or found.password is not None or found.path.strip("/"):
        raise BadInputError("mail.url", url=shown)
    if settings.mail_from is None or "@" not in settings.mail_from or not settings.mail_from.isprintable():
        raise BadInputError("mail.sender", value=(settings.mail_from or "")[:200])
    password = None if settings.smtp_password_file is None else read_secret(settings.smtp_password_file, least=1)
    if (password is None) != (found.username is None):
        raise BadInputError("mail.password")
    if password is not None and found.scheme == PLAIN:
        raise BadInputError("mail.in_the_clear", url=shown)
    user = None if found.username is None else unquote(found.username)
    return MailServer(found.scheme, found.hostname, port or PORTS[found.scheme], settings.mail_from, user, password)


class Mailbox:
    """Sends what is due until it is told to end; what fails is tried later, and never stops what comes after it."""

    def __init__(self, store: Store, server: MailServer, say: Texts, home: str | None, zone: str) -> None:
        self._store, self._server, self._say, self._home, self._zone = store, server, say, home, zone
        self._holder = secrets.token_hex(8)
        if home is None:
            LOG.warning(
                "letters name no address that leads anywhere: set FAULTLINE_PUBLIC_URL to where pages are found"
            )

    def run(self, ending: threading.Event) -> None:
        """Look for what is due, again and again."""
        again_and_again(partial(self.once, ending=ending), ending, PAUSE, "mail could not be looked for")

    def once(self, now: Callable[[], datetime] = _now, ending: threading.Event | None = None) -> int:
        """Send what is due; how many letters were taken."""
        return sum(
            self._sent(letters, now)
            for letters in chain(([each] for each in due(self._store, now(), MAIL)), self._mine(now))
            if not (ending and ending.is_set())
        )

    def _mine(self, now: Callable[[], datetime]) -> Iterator[list[Notice]]:
        # what has gathered for an address is one letter: of several processes one writes it
        lasting = timedelta(seconds=CLAIMED)
        for found in gathered(self._store, now(), DIGEST):
            if take_turn(self._store, f"letter to {found[0].to}", self._holder, now(), lasting) is not None:
                yield found

    def _sent(self, notices: Sequence[Notice], now: Callable[[], datetime]) -> bool:
        mine = [each for each in notices if claim(self._store, each, now(), CLAIMED)]
        if not mine:
            return False
        why, for_good = self._why_not(mine)
        for each in mine:
            if why is None:
                sent(self._store, each, now())
            elif for_good:
                given_up(self._store, each, now(), why)
            else:
                not_taken(self._store, each, now(), why)
        if why is not None:
            LOG.warning("mail was not taken", extra={"fields": {"notices": len(mine), "why": why}})
        return why is None

    def _why_not(self, notices: Sequence[Notice]) -> tuple[str | None, bool]:
        # why mail was not taken, and whether it is of no use to try again
        try:
            with self._server.opened() as line:
                line.send_message(self._message(notices))
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            return f"status {codes[0]}", all(code >= 500 for code in codes)
        except smtplib.SMTPResponseException as refused:
            return f"status {refused.smtp_code}", False
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return kind_of(error), False
        return None, False

    def _message(self, notices: Sequence[Notice]) -> EmailMessage:
        found: list[Mapping[str, Any]] = [orjson.loads(each.body) for each in notices]
        # in the language that they chose last; what is gathered is all for one address
        chosen = found[-1].get("language")
        say = Texts(chosen) if chosen in LANGUAGES else self._say
        subject, text = letter(found, say, self._home, self._zone)
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self._server.sender, notices[0].to, subject
        message["Date"] = format_datetime(notices[-1].at)
        # the same however often it is sent, so that whoever has it twice sees that it is one
        message["Message-ID"] = f"<{notices[0].key}@{self._server.sender.rpartition('@')[2]}>"
        message["Faultline-Notice"] = ", ".join(each.key for each in notices)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message
