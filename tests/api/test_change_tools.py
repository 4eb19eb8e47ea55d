"""A change of another tool is written by the one principal that is named that tool, by whichever door."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access.changes import MOST_ORIGINS, change_principal, change_rights, create_first_token
from graph.errors import BadInputError
from graph.store.principals import access_changes, principals
from tests.api.house import SAVE, House, opened, proposed
from tests.api.test_change_doors import brought, refused
from tests.engines import Database

pytestmark = [pytest.mark.storage]
UNDO = """mutation($revision: Long!) { undoRevision(input: {revision: $revision}) { __typename
  ... on Error { key params } } }"""
RIGHTS = """mutation($principal: String!, $origins: [String!]) {
  changePrincipal(input: {principal: $principal, origins: $origins}) { __typename ... on Error { key params }
    ... on InvalidInput { path } } }"""
KNOWN = "query { principals { name origins } }"
TABLE = "change_id,title,category,status,affected,planned_start,origin,external_id\n"
ROW = "itsm:9,Patch,simple,approved,db-1,2099-01-01T00:00:00Z,itsm,9\n"


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        yield found


def says(house: House, who: str, origin: str = "itsm", **document: Any) -> Any:
    return house.asks(who, SAVE, document=proposed(**document), origin=origin, externalId="RFC-7")


def test_only_the_tool_itself_says_what_it_says(house: House) -> None:
    for who, origin in (("ask", "itsm"), ("bob", "itsm"), ("tool", "snow")):
        found = says(house, who, origin)
        assert (found["__typename"], found["key"], found["params"]) == (
            "NotAllowed", "change.not_the_tool", {"origin": origin}
        )  # fmt: skip
        assert f"--origin {origin}" in found["message"], "what would be needed"
    assert says(house, "tool", status="approved")["changeId"] == "itsm:RFC-7"
    # nor does anybody else alter what it said
    assert says(house, "ask", title="Else")["key"] == "change.not_the_tool"
    revision = says(house, "tool", title="Else", status="approved")["revision"]
    assert house.asks("ann", UNDO, revision=revision)["key"] == "change.not_the_tool"


def test_ids_of_a_tool_are_kept_for_it(house: House) -> None:
    taken = house.saves("ask", change_id="itsm:9", title="first")
    assert (taken["__typename"], taken["key"], taken["params"]) == (
        "NotAllowed", "change.not_the_tool", {"origin": "itsm"}
    )  # fmt: skip
    assert house.saves("ask", change_id="tickets:9")["changeId"] == "tickets:9", "nobody is named that tool"
    assert house.asks("tool", SAVE, document=proposed(), origin="itsm", externalId="9")["changeId"] == "itsm:9"


def test_nor_by_an_import(house: House, tmp_path: Path) -> None:
    store = house.register.store
    assert refused(brought(store, house, tmp_path / "1", "principal:ask", changes=TABLE + ROW)) == [
        ("row.not_the_tool", "origin")
    ]
    assert refused(brought(store, house, tmp_path / "2", "principal:itsm", changes=TABLE + ROW)) == []
    # what is there already may be said again; nothing else
    assert refused(brought(store, house, tmp_path / "3", "principal:ask", changes=TABLE + ROW)) == []
    said = "change_id,title\nitsm:9,Else\n"
    assert refused(brought(store, house, tmp_path / "4", "principal:ask", changes=said)) == [
        ("row.not_the_tool", "origin")
    ]
    # whoever opens the store itself may do all
    assert refused(brought(store, house, tmp_path / "5", "local:ann", changes=said)) == []


def test_a_tool_is_one_principal_and_an_administrator_says_which(house: House) -> None:
    access = house.register.access
    house.tokens["root"] = create_first_token(access, "root", ["admin"], {}, "1d", "tester")[0]

    taken = house.asks("root", RIGHTS, principal="ask", origins=["itsm"])
    assert (taken["key"], taken["params"], taken["path"]) == (
        "access.origin_taken", {"origin": "itsm", "name": "itsm"}, ["input", "origins"],
    )  # fmt: skip
    assert house.asks("ask", RIGHTS, principal="ask", origins=["itsm"])["__typename"] == "NotAllowed"
    many = house.asks("root", RIGHTS, principal="ask", origins=[f"t{number}" for number in range(MOST_ORIGINS + 1)])
    assert many["key"] == "access.many_origins"

    assert house.asks("root", RIGHTS, principal="itsm", origins=[])["__typename"] == "ChangePrincipalPayload"
    assert says(house, "tool")["key"] == "change.not_the_tool"
    house.asks("root", RIGHTS, principal="ask", origins=["itsm", "snow"])
    assert says(house, "ask")["changeId"] == "itsm:RFC-7"
    known = {each["name"]: each["origins"] for each in house.asks("root", KNOWN)}
    assert (known["ask"], known["itsm"]) == (["itsm", "snow"], [])
    # other rights leave it; it is noted who gave it; one that is deleted leaves its tools to others
    change_rights(access, "ask", ["requester"], None, "tester")
    assert next(each for each in principals(access.store) if each.name == "ask").origins == ("itsm", "snow")
    noted = [each.detail.get("origins") for each in access_changes(access.store, 3)]
    assert ["itsm", "snow"] in noted
    change_principal(access, "ask", "tester", deleted=True)
    house.asks("root", RIGHTS, principal="itsm", origins=["itsm"])
    assert says(house, "tool", title="Again")["changeId"] == "itsm:RFC-7"


def test_two_principals_are_not_made_as_one_tool(house: House) -> None:
    with pytest.raises(BadInputError, match=r"access\.origin_taken"):
        create_first_token(house.register.access, "other", ["requester"], {}, "1d", "tester", ["itsm"])
    with pytest.raises(BadInputError, match=r"values\."):
        create_first_token(house.register.access, "other", ["requester"], {}, "1d", "tester", ["bad id\n"])
