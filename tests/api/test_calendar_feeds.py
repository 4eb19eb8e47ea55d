"""Addresses of calendars: made and taken away by whoever they are of, worth nothing to anybody else, read by others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from api.access.changes import change_principal, change_rights
from api.ical import calendar_of
from api.texts import Texts
from graph.records.changes import change_of
from tests.api.house import ROLES, TOMORROW, House, assessed

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
HOSTILE = "a;b,c\\d\nBEGIN:VALARM\r\nX:1 <script>alert(1)</script> 变更" + "长" * 90
CREATE = """mutation($language: String) { createFeed(input: {language: $language}) { __typename
  ... on NewFeed { address feed { id } } ... on Error { key } } }"""
REVOKE = """mutation($feed: ID!) { revokeFeed(input: {feed: $feed}) { __typename
  ... on RevokeFeedPayload { feed { id } } ... on Error { key } } }"""
OWN = "query { feeds { id usedAt } }"
TOKENS = "query { principals { name tokens { id state } } }"


def made(house: House, who: str = "eve", language: str | None = None) -> Any:
    return house.asks(who, CREATE, language=language)


def events(answer: Any) -> dict[str, Any]:
    """By the ids of their changes, as a kept library reads them."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))  # octets (RFC 5545, 3.1)
    found = Calendar.from_ical(answer.content)
    return {str(each["summary"]).split()[0]: each for each in found.walk("VEVENT")}


def told(answer: Any) -> Any:
    """A refusal without what names the request."""
    error = answer.json()["errors"][0]
    return error["message"], error["extensions"]["key"], len(answer.content)


def test_a_calendar_finds_the_changes_of_whoever_made_its_address(house: House) -> None:
    assessed(house, "CHG-1")
    house.saves(change_id="CHG-2", title="plain; with, signs")
    house.saves(change_id="CHG-3", title="never")
    house.steps("ask", "CHG-3", "cancel")
    new = made(house, language="en")

    found = events(house.web.get(new["address"]))

    assert found.keys() == {"CHG-1", "CHG-2"}
    event = found["CHG-1"]
    assert event["dtstart"].dt == TOMORROW.astimezone(UTC)
    assert event["dtend"].dt == (TOMORROW + timedelta(hours=2)).astimezone(UTC)
    assert str(event["url"]).endswith("/changes/CHG-1")
    assert (str(event["status"]), str(event["description"])) == ("TENTATIVE", "simple · assessed")
    assert str(found["CHG-2"]["summary"]) == "CHG-2 plain; with, signs"
    house.decides("bob", "CHG-1")
    assert str(events(house.web.get(new["address"]))["CHG-1"]["status"]) == "CONFIRMED"
    assert house.asks("eve", OWN)[0]["usedAt"] is not None
    assert house.asks("bob", OWN) == []


def test_what_is_forged_revoked_or_of_somebody_who_is_out_finds_nothing(house: House) -> None:
    new, other = made(house), made(house, "ann")
    name, _, secret = new["address"].removeprefix("/changes/feed/").removesuffix(".ics").partition(".")
    token = house.tokens["eve"]
    for text in ("x", f"{name}.{secret[:-1]}", f"{name}.{'a' * 43}", f"flc{'0' * 16}.{secret}", token, "%00", name):
        answer = house.web.get(f"/changes/feed/{text}.ics")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["key"]) == (404, "server.not_found"), text
    # and it opens nothing else
    answer = house.web.post("/graphql", json={"query": OWN}, headers={"Authorization": f"Bearer {name}.{secret}"})
    assert answer.status_code == 401
    assert house.asks("ann", REVOKE, feed=name)["key"] == "schedule.feed_unknown"
    assert house.asks("eve", REVOKE, feed=name)["feed"]["id"] == name
    gone, never = (house.web.get(each) for each in (new["address"], f"/changes/feed/flc{'1' * 16}.{'b' * 43}.ics"))
    assert gone.status_code == never.status_code == 404
    assert told(gone) == told(never)
    assert events(house.web.get(other["address"])) == {}
    access = house.register.access
    change_rights(access, "ann", None, {"owner": ["team-1"]}, "tester")
    assert house.web.get(other["address"]).status_code == 404
    change_rights(access, "ann", None, {}, "tester")
    assert house.web.get(other["address"]).status_code == 200
    change_principal(access, "ann", "tester", disabled=True)
    assert house.web.get(other["address"]).status_code == 404


def test_an_address_is_kept_as_a_token_is_and_its_secret_is_not(house: House) -> None:
    new = made(house)
    name = new["feed"]["id"]
    kept = house.register.store.rows("token_read", ids=[name])[0]
    secret = new["address"].split(".")[1]

    assert secret not in str(kept)
    assert len(kept["mac"]) == 64
    assert name not in {f"{each}" for each in ROLES}
    assert [each["id"] for each in house.asks("eve", OWN)] == [name]
    assert house.asks("eve", CREATE, language="xx")["key"] == "schedule.feed_language"
    for _ in range(9):
        made(house)
    assert made(house)["key"] == "schedule.feed_many"
    house.asks("eve", REVOKE, feed=name)
    assert made(house)["__typename"] == "NewFeed"


def test_whoever_asks_too_often_with_what_is_worth_nothing_waits(house: House) -> None:
    codes = [house.web.get(f"/changes/feed/flc{'2' * 16}.{'c' * 43}.ics").status_code for _ in range(12)]

    assert codes[:10] == [404] * 10
    assert codes[-1] == 429


@pytest.mark.parametrize("language", ["zh", "en"])
def test_text_from_outside_stays_text(language: str) -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    begins = {"planned_start": "2026-11-29T12:00:00Z"}
    some = [
        change_of("CHG-1", {**begins, "planned_end": "2026-11-29T13:00:00Z", "title": HOSTILE, "team": HOSTILE}),
        change_of("CHG/2 ü", {**begins, "title": "open", "status": "a\nb", "category": "c;d"}),
        change_of("CHG-OLD", {"planned_start": "2020-01-01T00:00:00Z", "planned_end": "2020-01-02T00:00:00Z"}),
        change_of("CHG-BACK", {**begins, "planned_end": "2026-11-29T11:00:00Z"}),
        change_of("CHG-NONE", {}),
    ]  # fmt: skip

    made = calendar_of(some, now, Texts(language), "https://cmdb.example")

    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    assert b"\nBEGIN:VALARM" not in made.replace(b"\r\n ", b"")
    found = list(Calendar.from_ical(made).walk("VEVENT"))
    assert [str(each["url"]) for each in found] == [
        "https://cmdb.example/changes/CHG-1", "https://cmdb.example/changes/CHG%2F2%20%C3%BC"
    ]  # fmt: skip
    assert str(found[0]["summary"]) == "CHG-1 " + HOSTILE.replace("\n", " ").replace("\r", " ")[:494]
    assert Texts(language)("schedule.feed_open") in str(found[1]["description"])
    assert "dtend" not in found[1]
    assert len({str(each["uid"]) for each in found}) == 2
