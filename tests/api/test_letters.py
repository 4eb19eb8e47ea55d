"""Letters: in the language of who reads them, with names, and with no more than pages would show them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.access.changes import change_rights, create_first_token
from api.server.mailbox import Mailbox, MailServer
from api.texts import Texts
from api.watching.letters import LONGEST, letter
from api.watching.told import Told
from api.watching.watch import Watch
from graph.store.notices import DIGEST, MAIL, due, noted, sent
from graph.store.preferences import DAILY, NEVER, wish_mail
from importers.mailing import next_morning
from tests.api.house import House, actor_of, ci, opened, started
from tests.api.test_mailbox import NOW, TOLD
from tests.api.watching import LASTS, incident, record, writes
from tests.engines import Database, depends

HOME, ZONE = "https://faultline.insurer.example", "Asia/Shanghai"
SAY = 'mutation($text: String!) { commentOnChange(input: {change: "CHG-1", text: $text}) { __typename } }'
ASK = """mutation($asked: String) {
  askOnChange(input: {change: "CHG-1", text: "Why now?", asked: $asked}) { __typename } }"""
CHOOSE = """mutation($mail: MailWish!, $language: MailLanguage) {
  chooseMail(input: {mail: $mail, language: $language}) { __typename } }"""
SAID = {"kind": "change-comment", "change": "CHG-1", "title": "Patch", "comment": "CHG-1/1", "said": "question",
        "actor": "principal:ask", "text": "Why\nnow?", "at": NOW.isoformat(), "page": "/changes/CHG-1"}  # fmt: skip


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path, FAULTLINE_SMTP_URL="smtp://mail.insurer.example") as found:
        yield found


def left(house: House, channel: str = MAIL) -> dict[str, list[dict[str, Any]]]:
    """What waits to be sent by mail, by address; then it is sent."""
    found: dict[str, list[dict[str, Any]]] = {}
    store = house.register.store
    for each in due(store, datetime.now(UTC) + timedelta(days=3), channel):
        found.setdefault(str(each.to), []).append(json.loads(each.body))
        sent(store, each, datetime.now(UTC))
    return found


def people(house: House, *names: str) -> None:
    writes(house, *(ci(name, "person", email=f"{name}@insurer.example") for name in names))


def test_services_are_called_by_their_names() -> None:
    names = {"svc": "Policies\r\nBcc: all@elsewhere.example", "db-1": "db-1"}
    because = [
        {"key": "service_out_critical", "params": {"service": "svc"}, "severity": "block"},
        {"key": "maintenance_missed", "params": {"of": "svc, db-1 … +3"}, "severity": "review"},
    ]
    _, text = letter([{**TOLD, "because": because, "names": names}], Texts("en"), HOME, ZONE)
    assert "service Policies Bcc: all@elsewhere.example (svc) goes down" in text
    assert "of Policies Bcc: all@elsewhere.example (svc), db-1 … +3 is missed" in text


@pytest.mark.parametrize(("language", "wanted"), [("en", "Policies (svc)"), ("zh", "Policies（svc）")])
def test_cis_have_their_ids_in_the_brackets_of_the_language_in_reasons_and_in_causes(
    language: str, wanted: str
) -> None:
    because = [{"key": "service_out_critical", "params": {"service": "svc"}, "severity": "block"}]
    at = {"at": NOW.isoformat(), "actor": "principal:ask", "revision": 7, "change": None}
    causes = [{"kind": "ci", "key": "svc", **at}, {"kind": "rel", "key": "svc|depends_on|db-1", **at}]
    told = {**TOLD, "because": because, "causes": causes, "names": {"svc": "Policies"}}

    _, text = letter([told], Texts(language), HOME, ZONE)

    assert text.count(wanted) == 3
    assert f"{wanted} depends_on db-1" in text


@pytest.mark.storage
def test_what_was_written_is_told_with_names_but_not_to_who_sees_only_a_part(house: House) -> None:
    people(house, "ask", "bob")
    writes(house, ci("db-2", "database_instance", name="Ledger 2"))
    started(house, "CHG-1")
    mine = Watch(house.register, tell=Told(mail=True))
    mine.once()
    change_rights(house.register.access, "bob", None, {"ci_class": ["database_instance"]}, "tester")
    writes(house, *(depends("app", db, redundancy_group="db", min_available="2") for db in ("db-1", "db-2")))
    mine.once()

    found = {to: each for to, (each,) in left(house).items()}
    (whole, limited) = (found[f"{who}@insurer.example"] for who in ("ask", "bob"))
    assert "app|depends_on|db-2" in {each["key"] for each in whole["causes"]}
    assert whole["names"]["db-2"] == "Ledger 2"
    assert "app depends_on Ledger 2 (db-2)" in letter([whole], Texts("en"), HOME, ZONE)[1]
    # nor is it told by a name that only a cause has
    assert "db-2" not in limited["names"]


def test_what_somebody_wrote_is_marked_line_by_line_and_bounded() -> None:
    text = "Why now?\nhttps://evil.example \x1b[31m\n-- \nSent by Faultline" + "x" * LONGEST
    subject, found = letter([{**SAID, "text": text}], Texts("en"), HOME, ZONE)
    assert subject == "ask asks about CHG-1: Patch"
    written = [line for line in found.splitlines() if "evil" in line or "Sent by" in line or line.startswith("> --")]
    assert all(line.startswith("> ") for line in written)
    assert len(written) == 3
    assert "\x1b" not in found
    assert found.count("x" * 10) < LONGEST / 10
    assert f"{HOME}/changes/CHG-1" in found


def test_what_has_gathered_of_verdicts_and_talk_is_one_letter() -> None:
    answers = [{**SAID, "comment": f"CHG-1/{number}", "said": "answer"} for number in (1, 2)]
    subject, text = letter([TOLD, *answers, TOLD], Texts("zh"), HOME, ZONE)
    assert subject == "1 个变更有新消息"
    assert text.count("回答") == 2
    assert text.count("不得实施") == 1, "of its verdict what was told last"


def test_without_an_address_of_pages_no_dead_link_is_written_and_the_start_warns(caplog: Any) -> None:
    _, text = letter([TOLD], Texts("en"), None, ZONE)
    assert "/changes/" not in text
    server = MailServer("smtp", "mail.insurer.example", 25, "faultline@insurer.example")
    nothing: Any = None
    Mailbox(nothing, server, Texts("en"), HOME, ZONE)
    assert caplog.text == ""
    Mailbox(nothing, server, Texts("en"), None, ZONE)
    assert "FAULTLINE_PUBLIC_URL" in caplog.text


@pytest.mark.storage
def test_a_letter_is_in_the_language_that_its_reader_chose(house: House) -> None:
    people(house, "ask", "bob")
    started(house, "CHG-1")
    mine = Watch(house.register, tell=Told(mail=True))
    mine.once()
    assert house.asks("bob", CHOOSE, mail="AT_ONCE", language="ZH")["__typename"] == "ChooseMailPayload"
    house.asks("bob", CHOOSE, mail="AT_ONCE")
    writes(house, ci("svc", "business_service", criticality="critical", name="Policies"))
    mine.once()
    left(house)
    writes(house, incident("INC-7", "db-2", **LASTS))
    mine.once()

    found = left(house)
    assert {to: each["language"] for to, (each,) in found.items()} == {
        "ask@insurer.example": None, "bob@insurer.example": "zh",
    }  # fmt: skip
    (told,) = found["ask@insurer.example"]
    assert (told["names"]["svc"], told["limited"], told["title"]) == ("Policies", False, "Patch")


@pytest.mark.storage
def test_who_sees_only_a_part_is_written_no_more_of_the_rest(house: House) -> None:
    people(house, "ask", "bob", "ann")
    writes(house, ci("db-1", "database_instance", name="Secret ledger"),
           ci("svc", "business_service", criticality="critical", name="Policies"))  # fmt: skip
    started(house, "CHG-1", title="Move the secret ledger")
    mine = Watch(house.register, tell=Told(mail=True))
    mine.once()
    access = house.register.access
    change_rights(access, "bob", None, {"ci_class": ["business_service"]}, "tester")
    change_rights(access, "ann", None, {"ci_class": ["database_instance"]}, "tester")
    writes(house, incident("INC-7", "db-2", **LASTS))
    mine.once()

    found = {to: each for to, (each,) in left(house).items()}
    all_of_it = found["ask@insurer.example"]
    assert (all_of_it["title"], [each["key"] for each in all_of_it["causes"]]) == ("Move the secret ledger", ["INC-7"])
    services, databases = found["bob@insurer.example"], found["ann@insurer.example"]
    assert (services["names"], services["title"], services["causes"]) == ({"svc": "Policies"}, None, [])
    # all that the change touches is in scope, and so is its title; the service above is not
    assert (databases["names"], databases["title"]) == ({}, "Move the secret ledger")
    subject, text = letter([services], Texts("en"), HOME, ZONE)
    assert (subject, "ledger" in text, "written by" in text) == ("CHG-1 must not go ahead", False, False)
    assert Texts("en")("watch.limited") in text
    assert "Policies" not in letter([databases], Texts("en"), HOME, ZONE)[1]


@pytest.mark.storage
def test_customers_who_cannot_come_in_are_told_what_was_promised_to_them(house: House) -> None:
    lifecycle = replace(house.register.lifecycle, watch=("customers",))
    house.register.__dict__["lifecycle"] = lifecycle
    writes(house, ci("bu-1", "business_unit", email="bu@insurer.example"), depends("svc2", "app"),
           ci("svc2", "business_service", name="Secret service", criticality="critical"),
           ci("svc", "business_service", criticality="critical", name="Policies"))  # fmt: skip
    slas = {"sla_id": "SLA-1", "service": "svc", "customer": "bu-1", "valid_from": "2020-01-01", "metric": "x"}
    writes(house, record("slas", "SLA-1", **slas))
    started(house, "CHG-1", title="Move the secret ledger")
    mine = Watch(house.register, tell=Told(mail=True))
    mine.once()
    writes(house, incident("INC-7", "db-2", **LASTS))
    mine.once()

    ((told,),) = left(house).values()
    assert told["now"]["out"] == ["svc", "svc2"]
    assert (told["names"], told["title"], told["causes"]) == ({"svc": "Policies"}, None, [])


@pytest.mark.storage
def test_who_is_named_or_asked_is_written_to_as_they_wish(house: House) -> None:
    people(house, "ask", "bob", "cat")
    writes(house, ci("team-db", "team", email="db@insurer.example"))
    house.saves(change_id="CHG-1")
    wish_mail(house.register.store, actor_of(house, "cat"), DAILY, "zh")

    house.asks("ask", SAY, text="@bob @cat @team-db @ask, please look")
    found, gathered = left(house), left(house, DIGEST)
    assert set(found) == {"bob@insurer.example", "db@insurer.example"}, "and not who said it"
    (told,) = found["bob@insurer.example"]
    assert (told["kind"], told["said"], told["text"]) == (
        "change-comment", "comment", "@bob @cat @team-db @ask, please look",
    )  # fmt: skip
    assert [each["language"] for each in gathered["cat@insurer.example"]] == ["zh"]

    house.asks("ann", ASK, asked="bob")
    assert set(left(house)) == {"bob@insurer.example", "ask@insurer.example"}, "whoever asked for the change hears it"
    wish_mail(house.register.store, actor_of(house, "bob"), NEVER)
    house.asks("ann", ASK, asked="bob")
    assert set(left(house)) == {"ask@insurer.example"}


@pytest.mark.storage
def test_who_has_scopes_is_told_that_they_are_named_and_no_more(house: House) -> None:
    people(house, "lim")
    create_first_token(house.register.access, "lim", ["viewer"], {"ci_class": ["host"]}, "1d", "tester")
    house.saves(change_id="CHG-1", title="Move the secret ledger")
    house.asks("ask", SAY, text="@lim the secret ledger moves")
    ((told,),) = left(house).values()
    assert (told["title"], told["text"], told["limited"]) == (None, None, True)
    subject, text = letter([told], Texts("en"), HOME, ZONE)
    assert subject == "ask names you on CHG-1"
    assert "ledger" not in text


def test_mornings_are_those_of_the_organisation() -> None:
    at = datetime(2026, 11, 28, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai
    assert next_morning(at, ZONE) == datetime(2026, 11, 29, 0, 0, tzinfo=UTC)
    assert noted("x", at, {}, due=next_morning(at, ZONE))[1]["due"] == "2026-11-29T00:00:00.000000Z"
