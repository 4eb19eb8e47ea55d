"""Four eyes, quorum, deputies: who decides, and whose voice counts, against the slow and obvious way of counting."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.lifecycle import load_lifecycle
from graph.records.changes import Change, change_of
from graph.records.decisions import Authority, Deputy, Voice
from queries.deciding import APPROVED, REJECTED, Board, refusal, standing
from tests.graph.estates import cases

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
PEOPLE = "abcde"
CATEGORIES = load_lifecycle().categories


def change(**more: Any) -> Change:
    return change_of("CHG-1", {"title": "t", "category": "major", "requested_by": "a", "round": 2, **more})


def voice(who: str, decision: str = APPROVED, behalf: str | None = None, *, at: int = 0, round_: int = 2) -> Voice:
    return Voice("CHG-1", round_, who, decision, behalf, "why", NOW + timedelta(minutes=at), "fe3:0")


def board(*members: str, quorum: int = 2, deputies: tuple[Deputy, ...] = ()) -> Board:
    return Board([Authority("cab", "CAB", frozenset({"major"}), members, quorum)], deputies)


def test_two_different_people_approve_a_major_change_and_never_who_asked_for_it() -> None:
    major = CATEGORIES["major"]

    assert standing(change(), major, [voice("b")], Board()).decision is None
    assert standing(change(), major, [voice("b"), voice("b")], Board()).decision is None
    assert standing(change(), major, [voice("b"), voice("a")], Board()).decision is None
    assert standing(change(), major, [voice("b"), voice("c", behalf="a")], Board()).decision is None
    assert standing(change(), major, [voice("b"), voice("c", round_=1)], Board()).decision is None
    assert standing(change(), major, [voice("b"), voice("c")], Board()).decision == APPROVED
    assert standing(change(), CATEGORIES["simple"], [voice("b")], Board()).decision == APPROVED


def test_voices_on_a_change_of_which_nobody_is_known_to_have_asked_for_it_count() -> None:
    imported = change(requested_by=None)

    assert standing(imported, CATEGORIES["simple"], [voice("b")], Board()).decision == APPROVED
    assert standing(imported, CATEGORIES["major"], [voice("b"), voice("c", REJECTED)], Board()).rejected_by == "c"


def test_one_rejection_is_enough_and_nobody_takes_theirs_back() -> None:
    major = CATEGORIES["major"]

    assert standing(change(), major, [voice("b"), voice("c", REJECTED)], Board()).rejected_by == "c"
    assert standing(change(), major, [voice("b", REJECTED), voice("b", at=5), voice("c")], Board()).decision == REJECTED


def test_a_deputy_speaks_within_the_dates_and_for_one_seat() -> None:
    away = Deputy("b", "d", NOW, NOW + timedelta(days=1))
    cab, major = board("b", "c", deputies=(away,)), CATEGORIES["major"]

    assert standing(change(), major, [voice("d", behalf="b"), voice("c")], cab).decision == APPROVED
    assert standing(change(), major, [voice("d", behalf="b", at=2_000), voice("c")], cab).decision is None
    assert standing(change(), major, [voice("d"), voice("c")], cab).decision is None, "in nobody's name it is no member"


@pytest.mark.parametrize(
    ("who", "behalf", "key"),
    [
        ("a", None, "decide_change.own"), ("d", "a", "decide_change.own"), ("c", None, "decide_change.twice"),
        ("e", "b", "decide_change.no_deputy"), ("e", None, "decide_change.no_member"), ("b", None, None),
        ("d", "b", None), ("d", None, "decide_change.no_member"),
    ],
)  # fmt: skip
def test_why_somebody_may_not_decide(who: str, behalf: str | None, key: str | None) -> None:
    cab = board("b", "c", "a", deputies=(Deputy("b", "d", NOW, None), Deputy("a", "d", NOW, None)))

    found = refusal(change(), [voice("c")], cab, who, behalf, NOW)

    assert (None if found is None else found.key) == key


def test_a_deputy_for_one_change_speaks_on_no_other() -> None:
    major = CATEGORIES["major"]
    for change_id, decision in (("CHG-1", APPROVED), ("CHG-2", None)):
        cab = board("b", "c", deputies=(Deputy("b", "d", NOW, None, change_id),))
        assert standing(change(), major, [voice("d", behalf="b"), voice("c")], cab).decision == decision
        found = refusal(change(), [], cab, "d", "b", NOW)
        assert (found is None) == (decision is not None)


VOICES = st.lists(
    st.builds(
        voice, st.sampled_from(PEOPLE), st.sampled_from([APPROVED, APPROVED, APPROVED, REJECTED]),
        st.one_of(st.none(), st.sampled_from(PEOPLE)), at=st.integers(0, 3), round_=st.sampled_from([1, 2, 2]),
    ),
    max_size=6,
)  # fmt: skip
DEPUTIES = st.lists(
    st.builds(
        Deputy, st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.just(NOW),
        st.one_of(st.none(), st.just(NOW + timedelta(minutes=2))), st.sampled_from([None, "CHG-1", "CHG-2"]),
    ),
    max_size=4,
)  # fmt: skip
BOARDS = st.builds(
    Board,
    st.lists(
        st.builds(
            Authority, st.sampled_from(["cab", "ecab"]), st.just("CAB"), st.just(frozenset({"major"})),
            st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True).map(tuple), st.integers(1, 4),
        ),
        max_size=2, unique_by=lambda each: each.authority_id,
    ),
    DEPUTIES,
)  # fmt: skip


def slow_decision(what: Change, needed: int, voices: list[Voice], them: Board) -> str | None:
    """Everybody's first word in this round, but the requester's; then every need by the words of its rule."""
    spoken: dict[str, Voice] = {}
    for each in sorted(voices, key=lambda v: (v.decided_at, v.decided_by)):
        own = what.requested_by in (each.decided_by, each.on_behalf_of)
        if each.round == what.round and not own:
            spoken.setdefault(each.decided_by, each)
    if any(each.decision == REJECTED for each in spoken.values()):
        return REJECTED
    if len(spoken) < needed:
        return None
    for authority in them.authorities:
        wanted = min(authority.quorum, len(authority.members))
        # so many members, each with a person of their own who spoke for them
        ways = (
            zip(who, seats, strict=True)
            for seats in combinations(authority.members, wanted)
            for who in permutations(spoken, wanted)
        )
        if not any(all(_for(spoken[person], seat, them) for person, seat in way) for way in ways):
            return None
    return APPROVED


def _for(what: Voice, seat: str, them: Board) -> bool:
    if what.on_behalf_of is None:
        return what.decided_by == seat
    at = what.decided_at
    assert at is not None
    return what.on_behalf_of == seat and any(
        d.person == seat
        and d.deputy == what.decided_by
        and d.start <= at
        and (d.end is None or at < d.end)
        and d.change_id in (None, what.change_id)
        for d in them.deputies
    )


@settings(max_examples=cases(20_000, 100), deadline=None)
@given(VOICES, BOARDS)
def test_a_decision_is_what_counting_by_hand_comes_to(voices: list[Voice], them: Board) -> None:
    what, category = change(), CATEGORIES["major"]
    assert standing(what, category, voices, them).decision == slow_decision(what, category.voices, voices, them)
