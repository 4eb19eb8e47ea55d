"""The watch: who waits for a change hears once, with the cause, when what happens elsewhere alters its verdict."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.reviewing import judged
from api.scheduling import Schedule
from api.watching.told import Told
from api.watching.watch import AGAIN, TURN
from graph.records.changes import Change
from graph.store import Edit
from graph.store.notices import DIGEST, MAIL, due, noted
from graph.store.preferences import DAILY, NEVER, wish_mail
from graph.store.watched import NOBODY, Watched, all_watched, forget_stands, note_stand
from queries.footprints import Footprints, cause_of, footprint_of
from queries.judging import Judging
from queries.standing import stand_of
from tests.api.house import TOMORROW, House, actor_of, ci, opened, started
from tests.api.watching import LASTS, incident, kept_fields, record, told, verdict, watch, writes
from tests.conftest import LONG
from tests.engines import Database, depends

pytestmark = [pytest.mark.storage]
FAR_OFF = [(TOMORROW + timedelta(days=days)).isoformat() for days in (9, 10)]
NEWS = """query { changeNews { changeId verdict was message because causes { kind key message } } }"""
WATCH = """query($change: String!) { change(changeId: $change) { watch { verdict since looked
  news { verdict was parts message } } } }"""


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        yield found


def test_an_incident_turns_a_harmless_change_to_block_and_its_people_are_told_once(house: House) -> None:
    started(house, "CHG-1", affected=[{"ci_id": "db-1"}])
    mine = watch(house)
    assert mine.once() == 1
    assert told(house) == [], "how it stands when it is first seen is news to nobody"
    before = verdict(house, "CHG-1")
    assert before != "block"

    at = writes(house, incident("INC-7", "db-2", **LASTS))
    assert mine.once() == 1

    (notice,) = told(house)
    assert (notice["was"]["verdict"], notice["now"]["verdict"]) == (before, "block")
    assert [(each["kind"], each["key"], each["revision"]) for each in notice["causes"]] == [("incidents", "INC-7", at)]
    assert (notice["now"]["out"], notice["decision"], notice["page"]) == (["svc"], "approved", "/changes/CHG-1")
    assert {(each["name"], each["role"]) for each in notice["people"]} == {
        (actor_of(house, "ask"), "requester"), (actor_of(house, "ann"), "requester"),
        (actor_of(house, "bob"), "authority"),
    }  # fmt: skip
    assert mine.once() == 0
    # nor by another process, once the first one is gone
    later = datetime.now(UTC) + 2 * TURN
    assert watch(house, clock=lambda: later).once() == 1
    assert len(told(house)) == 1

    (news,) = house.asks("eve", NEWS)
    assert (news["changeId"], news["verdict"], news["was"]) == ("CHG-1", "BLOCK", before.upper())
    assert "INC-7" in news["causes"][0]["message"]
    found = house.asks("eve", WATCH, change="CHG-1")["watch"]
    assert (found["verdict"], found["news"]["parts"][0], found["looked"]) == ("BLOCK", "verdict", at)

    writes(house, incident("INC-7", "db-2", resolved_at=datetime.now(UTC).isoformat()))
    assert watch(house, clock=lambda: later + 2 * TURN).once() == 1
    over = [(each["now"]["verdict"], [cause["key"] for cause in each["causes"]]) for each in told(house)]
    assert over == [("block", ["INC-7"]), (before, ["INC-7"])], "that it is over is news too"


def test_whoever_finds_it_second_tells_nothing(house: House) -> None:
    store, now = house.register.store, datetime.now(UTC)
    nobody = Watched("CHG-1", NOBODY, {})
    first = note_stand(store, nobody, {"told": None}, "", [noted("verdict-changed", now, {"by": "first"})])
    assert first is not None
    assert note_stand(store, nobody, {"told": None}, "", [noted("verdict-changed", now, {"by": "second"})]) is None
    assert note_stand(store, first, {"told": None}, "", [noted("verdict-changed", now, {"by": "first again"})])
    assert sorted(each["by"] for each in told(house)) == ["first", "first again"]


@pytest.mark.parametrize(
    ("edits", "key"),
    [
        ([record("windows", "W-1", kind="blackout", scope=["*"], **{
            "from": TOMORROW.isoformat(), "to": (TOMORROW + timedelta(hours=1)).isoformat()})], "W-1"),
        ([Edit("rel", "app|depends_on|db-2", None)], "app|depends_on|db-2"),
        ([record("changes", "CHG-2", title="x", status="approved", affected=["db-2=outage"],
                 planned_start=(TOMORROW + timedelta(minutes=119)).isoformat(),
                 planned_end=(TOMORROW + timedelta(hours=5)).isoformat())], "CHG-2"),
        ([ci("svc", "business_service", criticality="low"), incident("INC-9", "db-2", **LASTS)], "INC-9"),
    ],
    ids=["a blackout", "a relationship", "another change", "two at once"],
)  # fmt: skip
def test_whatever_alters_it_is_named(edits: list[Edit], key: str, house: House) -> None:
    started(house, "CHG-1")
    mine = watch(house)
    mine.once()
    before = verdict(house, "CHG-1")
    writes(house, *edits)
    mine.once()
    notices = [each for each in told(house) if each["change"] == "CHG-1"]
    if key == "INC-9":
        # an outage of a service that is not critical does not block; that it goes out is news all the same
        assert (before, [each["parts"] for each in notices]) == ("review", [["services"]])
    else:
        assert [each["now"]["verdict"] for each in notices] == ["block"]
    assert key in {each["key"] for each in notices[0]["causes"]}


def test_windows_that_touch_are_no_collision_and_nobody_is_told(house: House) -> None:
    started(house, "CHG-1")
    mine = watch(house)
    mine.once()
    end = TOMORROW + timedelta(hours=2)
    window = {"planned_start": end.isoformat(), "planned_end": (end + timedelta(hours=1)).isoformat()}
    writes(house, record("changes", "CHG-2", title="x", status="approved", affected=["db-2=outage"], **window))
    mine.once()
    assert [each for each in told(house) if each["change"] == "CHG-1"] == []


def test_what_is_elsewhere_is_not_looked_at_until_its_time(house: House) -> None:
    started(house, "CHG-1")
    wall = 0.0
    mine = watch(house, wall=lambda: wall)
    mine.once()
    writes(house, ci("far", "application"), ci("farther", "host"), depends("far", "farther"))
    writes(house, ci("db-1", "database_instance", version="9"))
    assert mine.once() == 0, "neither what nothing of it rests on, nor a field that no verdict reads"
    wall = AGAIN + 1
    assert mine.once() == 1
    house.steps("ask", "CHG-1", "back_out")
    house.register.expire()
    assert (mine.once(), all_watched(house.register.store)) == (0, {}), "nobody waits for it any more"


def test_what_only_happens_at_the_same_time_is_no_cause(house: House) -> None:
    # an incident that says no end lasts a day from whenever it is asked about: it comes to meet the change by itself
    writes(house, ci("lonely", "host"))
    started(house, "CHG-1")
    writes(
        house,
        record(
            "changes",
            "CHG-1",
            **{**kept_fields(house, "CHG-1"), "planned_start": FAR_OFF[0], "planned_end": FAR_OFF[1]},
        ),
    )
    at = writes(house, incident("INC-OLD", "db-2"))
    now = datetime.now(UTC)
    mine = watch(house, clock=lambda: now)
    mine.once()
    assert verdict(house, "CHG-1") == "review"
    writes(house, incident("INC-ELSEWHERE", "lonely"))
    assert mine.once() == 0, "nothing of it rests on that"
    now = datetime.fromisoformat(FAR_OFF[0]) - timedelta(hours=20)
    assert watch(house, clock=lambda: now).once() == 1
    (notice,) = told(house)
    assert [(each["key"], each["revision"]) for each in notice["causes"]] == [("INC-OLD", at)]


def test_papers_and_words_concern_the_change_alone(house: House) -> None:
    for number in range(4):
        started(house, f"CHG-{number}", affected=[{"ci_id": "svc", "effect": "degraded"}])
    mine = watch(house)
    assert mine.once() == 4
    writes(house, record("changes", "CHG-1", **{**kept_fields(house, "CHG-1"), "title": "other words"}))
    assert mine.once() == 1


def test_what_came_before_anybody_looked_is_news_to_who_approved(house: House) -> None:
    started(house, "CHG-1")
    at = writes(house, incident("INC-1", "db-2", **LASTS))
    watch(house).once()
    (notice,) = told(house)
    assert (notice["was"]["verdict"], notice["now"]["verdict"]) == ("review", "block")
    assert [(each["key"], each["revision"]) for each in notice["causes"]] == [("INC-1", at)]


def test_what_goes_out_again_under_the_same_verdict_is_no_news(house: House) -> None:
    writes(house, ci("svc", "business_service", criticality="low"))
    started(house, "CHG-1")
    mine = watch(house)
    mine.once()
    for _ in range(3):
        writes(house, incident("INC-1", "db-2", **LASTS))
        mine.once()
        writes(house, incident("INC-1", "db-2", resolved_at=datetime.now(UTC).isoformat()))
        mine.once()
    assert [each["parts"] for each in told(house)] == [["services"]]
    (news,) = house.asks("eve", "query { changeNews { still } }")
    assert news == {"still": False}


def test_one_that_cannot_be_reviewed_does_not_stop_the_watch(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    started(house, "CHG-1")
    started(house, "CHG-2", affected=[{"ci_id": "app", "effect": "degraded"}])
    before = Judging.begun

    def broken(self: Judging, change: Change, *given: Any) -> Any:
        if change.change_id == "CHG-1":
            raise KeyError("what nobody thought of")
        return before(self, change, *given)

    monkeypatch.setattr(Judging, "begun", broken)
    assert watch(house).once() == 2
    found = all_watched(house.register.store)
    assert found["CHG-1"].body["stand"]["reasons"] == [{"key": "watch.cannot", "params": {}, "severity": "review"}]


def test_a_stand_that_is_gone_is_not_written_and_nobody_stumbles_over_it(house: House) -> None:
    store = house.register.store
    first = note_stand(store, Watched("CHG-1", NOBODY, {}), {"told": None}, "")
    assert first is not None
    forget_stands(store, ["CHG-1"])
    assert note_stand(store, first, {"told": None}, "", [noted("verdict-changed", datetime.now(UTC), {})]) is None
    assert (all_watched(store), told(house)) == ({}, [])


def test_mail_goes_where_people_read_it_as_they_wish(house: House) -> None:
    bob = actor_of(house, "bob")
    writes(house, ci("ask", "person", email="ask@insurer.example"), ci("bob", "person", email="bob@insurer.example"),
           ci("team-db", "team", email="db@insurer.example\r\nBcc: all@elsewhere.example"))  # fmt: skip
    started(house, "CHG-1", team="team-db")
    mine = watch(house, tell=Told(mail=True))
    mine.once()
    wish_mail(house.register.store, bob, DAILY)
    writes(house, incident("INC-1", "db-2", **LASTS))
    mine.once()
    assert [each["to"] for each in told(house, MAIL)] == ["ask@insurer.example"], "no other header by an address"
    assert [each["to"] for each in told(house, DIGEST)] == ["bob@insurer.example"]
    assert told(house) == [], "there is no webhook"
    assert due(house.register.store, datetime.now(UTC), DIGEST) == [], "in the morning"

    choose = "mutation { chooseMail(input: {mail: NEVER}) { __typename ... on ChooseMailPayload { mail } } }"
    assert house.asks("ask", choose) == {"__typename": "ChooseMailPayload", "mail": NEVER.upper()}
    assert house.asks("ask", "query { mailWish }") == "NEVER"
    writes(house, incident("INC-1", "db-2", resolved_at=datetime.now(UTC).isoformat()))
    mine.once()
    assert len(told(house, MAIL)) == 1
    assert len(told(house, DIGEST)) == 2


def moved(rng: random.Random, number: int) -> list[Edit]:
    # something that is written, anywhere in a small estate
    name, other = f"c{rng.randrange(14)}", f"c{rng.randrange(14)}"
    hour = rng.randrange(8)
    start, end = TOMORROW + timedelta(hours=hour), TOMORROW + timedelta(hours=hour + rng.randrange(1, 4))
    which = rng.randrange(8)
    if which < 3 and name != other:
        if rng.random() < 0.4:
            return [Edit("rel", f"{name}|depends_on|{other}", None)]
        group = rng.choice([{}, {"redundancy_group": "g", "min_available": "1"}])
        return [depends(name, other, **group)]
    if which == 3:
        return [incident(f"I{number % 3}", name, **({"resolved_at": TOMORROW.isoformat()} if rng.random() < 0.5 else
                         {"expected_end": end.isoformat()}))]  # fmt: skip
    if which == 4:
        kind, scope = rng.choice(["blackout", "maintenance", "agreed_outage"]), rng.choice([["*"], [name]])
        times = {"from": start.isoformat(), "to": end.isoformat()}
        return [record("windows", f"W{number % 3}", kind=kind, scope=scope, **times)]
    if which == 5:
        return [ci(name, rng.choice(["application", "host"]) if name not in ("c0", "c1") else "business_service",
                   criticality=rng.choice(["critical", "low"]))]  # fmt: skip
    return [change_at(f"R{rng.randrange(5)}", rng, start, end)]


def change_at(key: str, rng: random.Random, start: datetime, end: datetime) -> Edit:
    effects, count = ["outage", "degraded", "retire"], rng.randrange(1, 3)
    affected = [f"c{rng.randrange(2, 14)}={rng.choice(effects)}" for _ in range(count)]
    status = rng.choice(["approved", "submitted", "closed", "implementing", "failed"])
    window = {"planned_start": start.isoformat(), "planned_end": end.isoformat()}
    return record(
        "changes", key, title=key, status=status, category="simple", affected=sorted(set(affected)), **window
    )  # fmt: skip


def test_no_change_is_left_out_whose_stand_differs(house: House) -> None:
    """Against the slow obvious way: all of them reviewed after each writing."""
    rng, store = random.Random(9), house.register.store
    kinds = ["business_service"] * 2 + ["application"] * 12
    writes(house, *(ci(f"c{n}", kind, criticality="high") for n, kind in enumerate(kinds)))
    for _ in range(24):
        one, other = rng.sample(range(14), 2)
        edit = depends(f"c{min(one, other)}", f"c{max(one, other)}", **rng.choice([
            {}, {"redundancy_group": "g", "min_available": "1"}]))  # fmt: skip
        writes(house, edit)
    footprints, stands = Footprints(), dict[str, Any]()
    at, differing = store.revision(), 0
    for number in range(600 if LONG else 90):
        try:
            writes(house, *moved(rng, number))
        except ValueError:
            continue
        estate = house.register.estate()
        causes = [
            cause
            for commit in store.commits(after=at)
            for each in commit.revisions()
            if (cause := cause_of(each, store.ontology))
        ]
        at = estate.revision
        near, far = footprints.concerned(causes, estate)
        schedule = Schedule(house.register, estate, datetime.now(UTC))
        active = {each.change_id: each for each in schedule.changes if each.is_active}
        for name in stands.keys() - active.keys():
            del stands[name]
            footprints.drop(name)
        for name, change in active.items():
            review = judged(schedule, change)
            now = stand_of(review)
            if name in stands and stands[name] != now:
                differing += 1
                assert name in near.keys() | far.keys(), (number, name, causes)
            stands[name] = now
            footprints.put(footprint_of(review))
    assert differing > (60 if LONG else 10)
