"""The ledgers equal their definition, and are partitions whatever the order of records."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import Message
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.exceptions import Exemption
from graph.records.updates import Content, Update
from graph.values import State, Value
from queries.claims import claim_of
from queries.ledgers import UPDATES, Ledgers, ledgers
from queries.obligations import OBLIGATIONS
from tests.graph.estates import cases
from tests.queries import slow_ledgers
from tests.queries.worlds import BEGIN, World, worlds

DAY = timedelta(days=1)
BESIDE = ("ended_before", "began_after")  # only the nearest of each is named
EXAMPLES = settings(max_examples=cases(20_000, 20), deadline=None, suppress_health_check=list(HealthCheck))


def found_in(world: World) -> Ledgers:
    return ledgers(world.updates, world.changes, load_ontology(), at=world.at, exemptions=world.exemptions)


@pytest.mark.many
@EXAMPLES
@given(worlds())
def test_both_ledgers_equal_their_definition(world: World) -> None:
    found = found_in(world)

    for place, update in enumerate(found.updates):
        bucket, claimed_by = slow_ledgers.bucket_of_update(update, world.updates, world.changes)
        assert (UPDATES[found.bucket[place]], [c.change_id for c in found.claimers(place)]) == (bucket, claimed_by)
    assert {each.id: each.bucket for each in found.obligations} == slow_ledgers.obligations(
        world.updates, world.changes, world.at
    )


@pytest.mark.many
@EXAMPLES
@given(worlds(), st.randoms(use_true_random=False))
def test_they_are_partitions_of_every_period_whatever_the_order_of_records(world: World, rng: random.Random) -> None:
    found = found_in(world)
    shuffled = World(
        rng.sample(world.updates, len(world.updates)), rng.sample(world.changes, len(world.changes)),
        rng.sample(world.exemptions, len(world.exemptions)), world.at,
    )  # fmt: skip
    moments = sorted([*(u.at for u in world.updates), world.at])
    start, end = moments[0], moments[len(moments) // 2]

    again = found_in(shuffled)

    assert again.entries(start, end) == found.entries(start, end)
    assert again.obligations == found.obligations
    by_bucket = [found.entries(start, end, bucket) for bucket in UPDATES]
    together = sorted((each for some in by_bucket for each in some), key=lambda each: each.update.revision)
    assert together == found.entries(start, end)
    assert [e.update.id for e in together] == [
        u.id for u in sorted(world.updates, key=lambda u: u.revision) if start <= u.at < end
    ]
    owed = [each for bucket in OBLIGATIONS for each in found.obliged(start, end, bucket)]
    assert sorted(each.id for each in owed) == sorted(each.id for each in found.obliged(start, end))


@pytest.mark.many
@EXAMPLES
@given(worlds())
def test_near_misses_are_changes_that_touch_the_ci_and_do_not_claim(world: World) -> None:
    found = found_in(world)
    changes = {change.change_id: change for change in world.changes}

    for entry in found.entries(BEGIN - DAY, world.at + 10 * DAY):
        update = entry.update
        tried = near_to(update, world) if entry.bucket == "update_without_change" else set()
        named = {(near.change_id, near.why) for near in entry.near_misses}
        assert named <= tried
        assert len(named) == min(len(tried), 5) or any(why in BESIDE for _, why in tried)
        assert all(not slow_ledgers.claims(changes[change_id], update) for change_id, _ in named)


def near_to(update: Update, world: World) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for change in world.changes:
        start, due = slow_ledgers.start_of(change) or slow_ledgers.end_of(change), slow_ledgers.due_of(change)
        if start is None or not {update.ci_id, update.other} & slow_ledgers.touched(change):
            continue
        denied = claim_of(change, load_ontology()).denied
        late = due is not None and update.seen_after is not None and update.seen_after >= due
        if not late and update.at >= start:
            if change.change_id != update.change_id:
                found.add((change.change_id, denied or "not_named"))
        elif denied is None and late and due is not None and update.seen_after is not None:
            found |= {(change.change_id, "ended_before")} if update.seen_after - due <= 7 * DAY else set()
        if denied is None and start > update.at and start - update.at <= 7 * DAY:
            found.add((change.change_id, "began_after"))
    return found


MOMENT = datetime(2026, 10, 2, tzinfo=UTC)
APPROVED: State = {
    "status": "closed", "decision": "approved", "decided_at": "2026-10-01T00:00:00Z", "affected": ["db-1"],
    "actual_start": "2026-10-01T20:00:00Z", "actual_end": "2026-10-01T22:00:00Z", "title": "t",
}  # fmt: skip
VERSION = '[{"op":"set","ci_id":"db-1","field":"version","value":"2"}]'


def a_change(change_id: str = "C-1", **fields: Value) -> Change:
    return change_of(change_id, {**APPROVED, **fields})


def an_update(new: Content = "2", *, hours: float = 0, **fields: Any) -> Update:
    at = MOMENT + timedelta(hours=hours)
    return Update(**{
        "revision": 1, "ci_id": "db-1", "kind": "attribute", "field": "version", "old": "1", "new": new,
        "seen_after": at, "at": at, **fields,
    })  # fmt: skip


def settled(updates: list[Update], changes: list[Change], *, days: int = 9) -> Ledgers:
    return ledgers(updates, changes, load_ontology(), at=MOMENT + days * DAY)


def buckets(found: Ledgers) -> tuple[list[str], list[str]]:
    return [UPDATES[bucket] for bucket in found.bucket], [each.bucket for each in found.obligations]


def test_an_update_is_claimed_within_the_change_and_its_grace_only() -> None:
    # the change ended two hours before the moment; a day of grace
    for hours, bucket in ((-4.1, "update_without_change"), (-4, "matched"), (21.9, "matched")):
        assert buckets(settled([an_update(hours=hours)], [a_change()])) == ([bucket], [])
    assert buckets(settled([an_update(hours=22)], [a_change()])) == (["update_without_change"], [])
    # seen the old value before the grace ended, found the new one much later
    late = an_update(hours=200, seen_after=MOMENT)
    assert buckets(settled([late], [a_change()])) == (["matched"], [])


def test_an_edit_is_met_by_its_value_contradicted_by_another_and_missed_without_an_update() -> None:
    change = a_change(edits=VERSION)

    assert buckets(settled([an_update("2")], [change])) == (["matched"], ["met"])
    assert buckets(settled([an_update("3")], [change])) == (["different_from_approved"], ["contradicted"])
    assert buckets(settled([], [change])) == ([], ["change_without_update"])
    assert buckets(settled([], [change], days=0)) == ([], ["pending"])
    other = an_update("x", field="engine")
    assert buckets(settled([other], [change])) == (["different_from_approved"], ["change_without_update"])


def test_a_value_that_the_same_change_overwrites_is_on_the_way() -> None:
    first, second = an_update("3"), an_update("2", revision=2, hours=1)

    assert buckets(settled([second, first], [a_change(edits=VERSION)])) == (["matched", "matched"], ["met"])
    last = [an_update("2"), an_update("3", revision=2, hours=1)]
    assert buckets(settled(last, [a_change(edits=VERSION)])) == (
        ["matched", "different_from_approved"], ["contradicted"],
    )  # fmt: skip


def test_of_two_edits_of_a_field_the_last_one_says_what_is_approved() -> None:
    twice = a_change(edits=f"{VERSION.replace('2', '1')[:-1]},{VERSION[1:]}")

    assert buckets(settled([an_update("1")], [twice])) == (["different_from_approved"], ["contradicted"] * 2)
    both = [an_update("1"), an_update("2", revision=2, hours=1)]
    assert buckets(settled(both, [twice])) == (["matched", "matched"], ["met", "met"])


@pytest.mark.parametrize("op", ["relate", "regroup"])
def test_a_new_group_has_the_quorum_that_was_approved(op: str) -> None:
    end: dict[str, Any] = {"type": "depends_on", "target": "db-1"}
    ends = {"source": "app-1", **end} if op == "relate" else {"ci_id": "app-1", "members": [end]}
    edits = json.dumps([{"op": op, **ends, "redundancy_group": "db", "min_available": "1"}])

    def joining(quorum: str) -> Update:
        new: State = {"strength": "hard", "redundancy_group": "db", "min_available": quorum}
        key = "app-1|depends_on|db-1"
        return an_update(new, ci_id="app-1", other="db-1", kind="relationship", field=key, old=None)

    good, bad = (buckets(settled([joining(quorum)], [a_change(edits=edits)])) for quorum in ("1", "2"))
    assert (good[0], bad[0]) == (["matched"], ["different_from_approved"])
    assert ("met" in good[1], "contradicted" in bad[1]) == (True, True)


def test_an_update_that_names_a_change_is_claimed_by_that_one_only() -> None:
    named = an_update(change_id="C-2")
    one = settled([named], [a_change()]).entries(MOMENT, MOMENT + DAY)[0]
    two = settled([named], [a_change(), a_change("C-2", affected=["x"])]).entries(MOMENT, MOMENT + DAY)[0]

    assert (one.bucket, one.reason and one.reason.key) == ("update_without_change", "ledgers.names_unknown")
    assert [(near.change_id, near.why) for near in one.near_misses] == [("C-1", "not_named")]
    assert (two.bucket, two.reason and two.reason.key) == ("update_without_change", "ledgers.names_uncovering")


def test_several_claimers_are_one_record_flagged_ambiguous() -> None:
    entry = settled([an_update()], [a_change("C-2"), a_change("C-1")]).entries(MOMENT, MOMENT + DAY)[0]

    assert entry.ambiguous
    assert entry.claimed_by == ("C-1", "C-2")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"decision": "rejected"}, "not_approved"),
        ({"decided_at": "2026-10-01T21:00:00Z"}, "decided_late"),
        ({"decided_at": ""}, "undated_decision"),
        ({"status": "cancelled"}, "never_took_place"),
    ],
)
def test_what_is_not_approved_in_time_claims_nothing_and_is_named(fields: dict[str, Value], why: str) -> None:
    given = {name: value for name, value in {**APPROVED, **fields}.items() if value != ""}
    entry = settled([an_update()], [change_of("C-1", given)]).entries(MOMENT, MOMENT + DAY)[0]

    assert entry.bucket == "update_without_change"
    assert [(near.change_id, near.why) for near in entry.near_misses] == [("C-1", why)]


def test_an_emergency_may_be_approved_until_three_days_after_its_end() -> None:
    late = a_change(category="emergency", decided_at="2026-10-04T22:00:00Z", expects_update=False)
    later = a_change(category="emergency", decided_at="2026-10-04T22:00:01Z", expects_update=False)

    assert buckets(settled([an_update()], [late])) == (["matched"], [])
    assert buckets(settled([an_update()], [later])) == (["update_without_change"], [])


def test_missing_actual_times_are_the_planned_ones_flagged_and_no_end_is_not_measurable() -> None:
    without = {name: value for name, value in APPROVED.items() if not name.startswith("actual")}
    planned = {"planned_start": APPROVED["actual_start"], "planned_end": APPROVED["actual_end"]}
    found = settled([an_update()], [change_of("C-1", {**without, **planned, "edits": VERSION})])
    endless = settled(
        [an_update()], [change_of("C-1", {**without, "actual_start": MOMENT.isoformat(), "edits": VERSION})]
    )

    assert buckets(found) == (["matched"], ["met"])
    assert [each.reason and each.reason.key for each in found.obligations] == ["ledgers.planned_times"]
    assert buckets(endless) == (["matched"], ["not_measurable"])
    assert endless.obligations[0].moment == MOMENT
    assert buckets(settled([], [change_of("C-1", {**without, "edits": VERSION})]))[1] == ["not_measurable"]


def test_a_failed_change_owes_nothing_but_may_have_made_updates() -> None:
    for fields in ({"status": "failed"}, {"outcome": "backed_out"}):
        assert buckets(settled([an_update("2")], [a_change(edits=VERSION, **fields)])) == (["matched"], [])


def test_edits_that_cannot_be_read_approve_nothing_and_cannot_be_measured() -> None:
    found = settled([an_update()], [a_change(edits='[{"op":"paint","ci_id":"db-1"}]')])

    assert buckets(found) == (["different_from_approved"], ["not_measurable"])
    assert found.obligations[0].reason == Message("ledgers.edits_unreadable")


def test_a_duration_is_one_value_however_it_is_written() -> None:
    edits = '[{"op":"set","ci_id":"db-1","field":"recovery_time","value":"PT1H"}]'
    update = an_update(3_600, field="recovery_time", old=60)

    assert buckets(settled([update], [a_change(edits=edits)])) == (["matched"], ["met"])


def test_a_created_ci_has_the_attributes_that_were_approved() -> None:
    edits = '[{"op":"add","ci":{"ci_id":"db-9","ci_class":"host","name":"db-9","cpu_cores":"4"}}]'
    state: State = {"ci_class": "host", "name": "db-9", "status": "live", "cpu_cores": 4}

    def made(**fields: Value) -> Update:
        return an_update(ci_id="db-9", kind="existence", field="existence", old=None, new={**state, **fields})

    assert buckets(settled([made()], [a_change(edits=edits)])) == (["matched"], ["met"])
    assert buckets(settled([made(cpu_cores=8)], [a_change(edits=edits)]))[1] == ["contradicted"]


def test_an_exception_is_told_while_it_lasts_and_moves_nothing() -> None:
    accepted = Exemption("E-1", "db-1", "version", "agreed", None, MOMENT + 3 * DAY)
    found = ledgers([an_update()], [], load_ontology(), at=MOMENT + 9 * DAY, exemptions=[accepted])

    assert [(e.bucket, e.exception) for e in found.entries(MOMENT, MOMENT + DAY)] == [("update_without_change", "E-1")]
    assert [e.exception for e in found.entries(MOMENT, MOMENT + 9 * DAY)] == [None]


def test_nothing_at_all_is_two_empty_ledgers() -> None:
    assert buckets(settled([], [])) == ([], [])
    assert settled([an_update()], []).entries(MOMENT, MOMENT) == []
