"""Comments, questions and deputies over the API: by those who may, refused by name, all of it in the log."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.history import Thing
from graph.store import Edit
from tests.api.house import House, actor_of, assessed, ci
from tests.engines import written

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
SAID = """... on CommentPayload { revision comment { commentId kind author text mentions asked answersTo open } }
  ... on Error { key message params } ... on InvalidInput { path }"""
SAY = f"""mutation($change: String!, $text: String!, $to: String) {{
  commentOnChange(input: {{change: $change, text: $text, answersTo: $to}}) {{ __typename {SAID} }} }}"""
ASK = f"""mutation($change: String!, $text: String!, $asked: String) {{
  askOnChange(input: {{change: $change, text: $text, asked: $asked}}) {{ __typename {SAID} }} }}"""
ANSWER = f"""mutation($change: String!, $question: String!, $text: String!) {{
  answerOnChange(input: {{change: $change, question: $question, text: $text}}) {{ __typename {SAID} }} }}"""
LET = """mutation($deputy: String!, $change: String, $from: DateTime, $to: DateTime) {
  delegateDecision(input: {deputy: $deputy, change: $change, from: $from, to: $to}) { __typename
    ... on DelegateDecisionPayload { revision deputy } ... on Error { key params } } }"""
TALK = """query($first: Int, $after: String) { change(changeId: "CHG-1") {
  comments(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { kind text open answerable } } openQuestions { asked } history { actor } } }"""


def test_what_is_said_names_people_and_is_read_a_page_at_a_time(house: House) -> None:
    house.saves(change_id="CHG-1")
    written(house.register.store, [ci("team-db", "team"), ci("host-1", "application")])
    text = "<script>@bob</script>, @team-db: not @nobody, @host-1 or x@cat. See https://x.example"

    first = house.asks("ask", SAY, change="CHG-1", text=text)
    found = first["comment"]
    assert (found["kind"], found["author"], found["text"]) == ("comment", actor_of(house, "ask"), text)
    assert sorted(found["mentions"]) == [actor_of(house, "bob"), "team-db"]
    reply = house.asks("bob", SAY, change="CHG-1", text="保单 ok", to=found["commentId"])["comment"]
    assert reply["answersTo"] == found["commentId"]

    page = house.asks("eve", TALK, first=1)["comments"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    following = house.asks("eve", TALK, first=1, after=page["pageInfo"]["endCursor"])["comments"]
    assert [each["text"] for each in following["nodes"]] == ["保单 ok"]
    logged = house.register.store.commits_page(after=int(first["revision"]) - 1, limit=1)[0]
    assert (logged.header.actor, logged.header.change) == (actor_of(house, "ask"), "CHG-1")


def test_what_cannot_be_said_is_refused_by_name(house: House) -> None:
    house.saves(change_id="CHG-1")
    told = house.asks("ask", SAY, change="CHG-1", text="x" * 10_001)
    assert (told["key"], told["params"]["length"], told["path"]) == ("talk.too_long", 10_001, ["input", "text"])
    assert house.asks("ask", SAY, change="CHG-1", text=" \n ")["key"] == "talk.empty"
    assert house.asks("ask", SAY, change="CHG-1", text="a\x00b")["key"] == "values.control_character"
    assert house.asks("ask", SAY, change="CHG-404", text="x")["__typename"] == "UnknownChange"
    assert house.asks("ask", SAY, change="CHG-1", text="x", to="CHG-1/none")["key"] == "talk.no_comment"
    assert house.asks("eve", SAY, change="CHG-1", text="x")["__typename"] == "NotAllowed"
    many = " ".join(f"@a{number}" for number in range(51))
    assert house.asks("ask", SAY, change="CHG-1", text=many)["key"] == "talk.too_many_named"
    assert house.asks("eve", TALK)["comments"]["totalCount"] == 0


def test_a_question_is_open_until_who_was_asked_or_an_author_answers(house: House) -> None:
    house.saves(change_id="CHG-1")
    mine = house.asks("bob", ASK, change="CHG-1", text="Why tonight?")["comment"]
    other = house.asks("bob", ASK, change="CHG-1", text="Tested?", asked="ann")["comment"]
    assert (mine["asked"], other["asked"]) == (actor_of(house, "ask"), actor_of(house, "ann"))
    assert house.asks("bob", ASK, change="CHG-1", text="?", asked="zoe")["key"] == "talk.nobody"
    assert len(house.asks("eve", TALK)["openQuestions"]) == 2

    def answers(who: str, question: str) -> Any:
        return house.asks(who, ANSWER, change="CHG-1", question=question, text="Because.")

    assert answers("cat", mine["commentId"])["key"] == "talk.not_asked"
    assert answers("ann", mine["commentId"])["key"] == "talk.not_asked"
    assert answers("ask", mine["commentId"])["comment"]["kind"] == "answer"
    assert answers("ask", mine["commentId"])["key"] == "talk.answered"
    assert [each["asked"] for each in house.asks("eve", TALK)["openQuestions"]] == [actor_of(house, "ann")]
    assert answers("ann", other["commentId"])["comment"]["kind"] == "answer"
    assert house.asks("eve", TALK)["openQuestions"] == []


def test_an_open_question_hinders_approving_only_where_the_life_cycle_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifecycle = house.register.lifecycle
    simple = replace(lifecycle.categories["simple"], answers=True)
    strict = replace(lifecycle, categories={**lifecycle.categories, "simple": simple})
    assessed(house, "CHG-1")
    assessed(house, "CHG-2")
    for change in ("CHG-1", "CHG-2"):
        question = house.asks("cat", ASK, change=change, text="Why?")["comment"]["commentId"]
    assert house.decides("bob", "CHG-1")["decided"] == "APPROVED"

    assert missing(house, "CHG-2") == []
    monkeypatch.setitem(house.register.__dict__, "lifecycle", strict)
    assert house.decides("bob", "CHG-2")["key"] == "talk.open"
    assert missing(house, "CHG-2") == ["open_questions"]
    house.asks("ask", ANSWER, change="CHG-2", question=question, text="Because.")
    assert missing(house, "CHG-2") == []
    assert house.decides("bob", "CHG-2")["decided"] == "APPROVED"


def missing(house: House, change: str) -> list[str]:
    """What is missing before somebody may approve."""
    query = "query($change: String!) { change(changeId: $change) { steps { decides missing } } }"
    steps = house.asks("bob", query, change=change)["steps"]
    return next(step["missing"] for step in steps if step["decides"] == "approved")


def test_a_deputy_decides_on_that_change_only_and_never_on_their_own(house: House) -> None:
    board(house, "bob")
    assessed(house, "CHG-1")
    assessed(house, "CHG-2", "cat")
    assert house.decides("cat", "CHG-1", behalf=actor_of(house, "bob"))["key"] == "decide_change.no_deputy"
    assert house.asks("bob", LET, deputy="cat", change="CHG-2")["key"] == "decide_change.own"
    assert house.asks("bob", LET, deputy="bob", change="CHG-1")["key"] == "talk.oneself"
    assert house.asks("bob", LET, deputy="zoe", change="CHG-1")["key"] == "talk.nobody"
    assert house.asks("bob", LET, deputy="cat")["key"] == "talk.no_end"
    assert house.asks("bob", LET, deputy="cat", change="CHG-404")["__typename"] == "UnknownChange"
    assert house.asks("ask", LET, deputy="cat", change="CHG-1")["__typename"] == "NotAllowed"

    assert house.asks("bob", LET, deputy="dan", change="CHG-1")["deputy"] == actor_of(house, "dan")

    assert house.decides("dan", "CHG-2", behalf=actor_of(house, "bob"))["key"] == "decide_change.no_deputy"
    assert house.decides("dan", "CHG-1", behalf=actor_of(house, "bob"))["decided"] == "APPROVED"


def test_a_deputy_for_all_changes_speaks_between_two_moments(house: House) -> None:
    board(house, "bob")
    assessed(house, "CHG-1")
    now = datetime.now(UTC)
    days = [(now + timedelta(days=each)).isoformat() for each in (1, 2)]
    assert house.asks("bob", LET, deputy="dan", to=(now - timedelta(days=1)).isoformat())["key"] == "change.order"
    assert house.asks("bob", LET, deputy="dan", **{"from": days[0]}, to=days[1])["deputy"] == actor_of(house, "dan")
    assert house.decides("dan", "CHG-1", behalf=actor_of(house, "bob"))["key"] == "decide_change.no_deputy"
    assert house.asks("bob", LET, deputy="dan", to=days[1])["deputy"] == actor_of(house, "dan")
    assert house.decides("dan", "CHG-1", behalf=actor_of(house, "bob"))["decided"] == "APPROVED"


def board(house: House, *names: str) -> None:
    """A change authority of simple changes with these members."""
    fields: dict[str, Any] = {"authority_id": "CAB", "name": "CAB", "categories": ["simple"], "quorum": 1,
              "members": [actor_of(house, name) for name in names]}  # fmt: skip
    written(house.register.store, [Edit("change_authorities", "CAB", Thing(fields, {"*": "inventory"}))])
