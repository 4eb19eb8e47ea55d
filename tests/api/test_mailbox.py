"""Mail to those who wait for changes: handed to a real SMTP server, tried again while it is away, or gathered."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from api.server.mailbox import Mailbox, MailServer, mail_server_of
from api.texts import Texts
from graph.errors import BadInputError
from graph.settings import Settings
from graph.store import Store
from graph.store.notices import DIGEST, GIVEN_UP, MAIL, due, noted

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
NOW = datetime(2026, 11, 28, 6, 20, tzinfo=UTC)
TOLD = {
    "change": "CHG-1", "title": "Patch\r\nBcc: all@elsewhere.example", "status": "approved", "decision": "approved",
    "decided_at": "2026-11-28T02:00:00+00:00", "page": "/changes/CHG-1", "at": NOW.isoformat(), "revision": 7,
    "was": {"verdict": "pass", "since": NOW.isoformat()}, "now": {"verdict": "block"},
    "because": [{"key": "service_out_critical", "params": {"service": "svc"}, "severity": "block"}],
    "causes": [{"kind": "incidents", "key": "INC-7", "revision": 7, "at": NOW.isoformat(), "actor": "ann"}],
    "more_causes": 0,
}  # fmt: skip


class Post:
    """A mail server's handler: keeps what it takes, and answers with what it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []
        self.answer = ""
        self.unknown = ""

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer:
            return self.answer
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        found: Any = message_from_bytes(content, policy=default)
        self.taken.append((envelope.rcpt_tos, found))
        return "250 taken"


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A mail server on this machine, and its port."""
    handler = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Controller(handler, hostname="127.0.0.1", port=port)
    running.start()
    yield handler, port
    running.stop()


def leave(store: Store, to: str, channel: str = MAIL, at: datetime = NOW, **more: Any) -> None:
    told = noted("verdict-changed", at, {**TOLD, **more}, channel=channel, to=to, due=at)
    store.bookkeep(lambda _: [told])


def mailbox(store: Store, port: int, language: str = "en") -> Mailbox:
    server = MailServer("smtp+plain", "127.0.0.1", port, "faultline@insurer.example")
    return Mailbox(store, server, Texts(language), "https://faultline.insurer.example/", "Asia/Shanghai")


def test_a_letter_says_since_when_why_and_where_and_no_title_writes_headers(store: Store, post: Any) -> None:
    handler, port = post
    leave(store, "ann@insurer.example")
    (notice,) = due(store, NOW, MAIL)
    assert mailbox(store, port).once(lambda: NOW) == 1
    assert mailbox(store, port).once(lambda: NOW + timedelta(days=1)) == 0
    ((to, letter),) = handler.taken
    assert (to, letter["To"], letter["Bcc"]) == (["ann@insurer.example"], "ann@insurer.example", None)
    assert (letter["From"], letter["Faultline-Notice"]) == ("faultline@insurer.example", notice.key)
    assert letter["Message-ID"] == f"<{notice.key}@insurer.example>"
    assert "CHG-1 must not go ahead: Patch" in letter["Subject"]
    text = letter.get_content()
    for part in (
        "Since 2026-11-28 14:20 it must not go ahead; before, it could go ahead.", "approved on 2026-11-28 10:00",
        "svc", "incident INC-7 was written by ann", "https://faultline.insurer.example/changes/CHG-1",
    ):  # fmt: skip
        assert part in text


def test_in_chinese(store: Store, post: Any) -> None:
    handler, port = post
    leave(store, "ann@insurer.example", title="核心数据库升级")
    mailbox(store, port, "zh").once(lambda: NOW)
    ((_, letter),) = handler.taken
    assert letter["Subject"] == "变更 CHG-1 不得实施：核心数据库升级"
    assert "自 2026-11-28 14:20 起不得实施" in letter.get_content()


def test_what_has_gathered_for_a_day_is_one_letter_an_address(store: Store, post: Any) -> None:
    handler, port = post
    for number in range(3):
        leave(store, "ann@insurer.example", DIGEST, change=f"CHG-{number}")
    leave(store, "bob@insurer.example", DIGEST)
    leave(store, "bob@insurer.example", DIGEST, at=NOW + timedelta(days=1))
    assert mailbox(store, port).once(lambda: NOW) == 2
    letters = {to[0]: letter for to, letter in handler.taken}
    assert letters["ann@insurer.example"]["Subject"] == "3 changes stand otherwise"
    assert all(f"CHG-{number}" in letters["ann@insurer.example"].get_content() for number in range(3))
    assert len(letters["ann@insurer.example"]["Faultline-Notice"].split(", ")) == 3
    assert len(due(store, NOW + timedelta(days=1), DIGEST)) == 1, "what is of tomorrow waits until then"


def test_a_server_that_is_away_or_busy_has_it_later_under_the_same_id(store: Store, post: Any) -> None:
    handler, port = post
    leave(store, "ann@insurer.example")
    (notice,) = due(store, NOW, MAIL)
    assert mailbox(store, 1).once(lambda: NOW) == 0, "nobody listens there"
    handler.answer = "451 busy"
    later = NOW + timedelta(minutes=5)
    assert mailbox(store, port).once(lambda: later) == 0
    handler.answer = ""
    assert mailbox(store, port).once(lambda: later + timedelta(minutes=5)) == 1
    assert [letter["Faultline-Notice"] for _, letter in handler.taken] == [notice.key]


def test_a_mailbox_that_there_is_not_is_given_up_at_once_and_holds_nobody_up(store: Store, post: Any) -> None:
    handler, port = post
    handler.unknown = "gone@insurer.example"
    leave(store, "gone@insurer.example")
    leave(store, "ann@insurer.example", at=NOW + timedelta(seconds=1))
    assert mailbox(store, port).once(lambda: NOW + timedelta(seconds=2)) == 1
    assert due(store, NOW + 2 * GIVEN_UP, MAIL) == []


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"FAULTLINE_SMTP_URL": "https://mail.example"}, "mail.url"),
        ({"FAULTLINE_SMTP_URL": "smtps://u:secret@mail.example"}, "mail.url"),
        ({"FAULTLINE_SMTP_URL": "smtps://mail.example:port"}, "mail.url"),
        ({"FAULTLINE_SMTP_URL": "smtps://mail.example", "FAULTLINE_MAIL_FROM": ""}, "mail.sender"),
        ({"FAULTLINE_SMTP_URL": "smtps://mail.example", "FAULTLINE_MAIL_FROM": "a@b\r\nBcc: c@d"}, "mail.sender"),
        ({"FAULTLINE_SMTP_URL": "smtps://user@mail.example"}, "mail.password"),
        ({"FAULTLINE_SMTP_URL": "smtp+plain://user@mail.example", "FAULTLINE_SMTP_PASSWORD_FILE": "word"},
         "mail.in_the_clear"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_refused_at_start(given: dict[str, str], key: str, tmp_path: Any) -> None:
    (tmp_path / "word").write_text("secret")
    environment = {"FAULTLINE_MAIL_FROM": "faultline@insurer.example", **given}
    if "FAULTLINE_SMTP_PASSWORD_FILE" in environment:
        environment["FAULTLINE_SMTP_PASSWORD_FILE"] = str(tmp_path / "word")
    with pytest.raises(BadInputError) as refused:
        mail_server_of(Settings.from_environment(environment))
    assert refused.value.message.key == key


def test_a_server_with_a_user_is_used_by_tls(tmp_path: Any) -> None:
    (tmp_path / "word").write_text("secret\n")
    found = mail_server_of(Settings.from_environment({
        "FAULTLINE_SMTP_URL": "smtp://fault%40line@mail.example", "FAULTLINE_MAIL_FROM": "a@b.example",
        "FAULTLINE_SMTP_PASSWORD_FILE": str(tmp_path / "word"),
    }))  # fmt: skip
    assert found == MailServer("smtp", "mail.example", 587, "a@b.example", "fault@line", "secret")
