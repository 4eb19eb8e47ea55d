"""Nobody shuts out the last administrator, nor themself; whoever has the store or the token of the file may do all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from api.access.changes import change_principal, change_rights, create_token, signed_in
from api.access.known import Access, LoginRefusedError
from api.access.oidc import Identity
from api.who import Principal
from tests.api.access.in_memory import Door, bearer
from tests.api.web import Web, over

FILE = "the administrator of the file"
ACTIONS = {  # what takes from a principal that it may change who may come in
    "disablePrincipal": 'principal: "ann"',
    "deletePrincipal": 'principal: "ann"',
    "changePrincipal": 'principal: "ann", roles: ["auditor"]',
    "changePrincipal of its scopes": 'principal: "ann", scopes: {site: ["site-1"]}',
}


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """A server with the token of a file."""
    return Door(tmp_path, FILE)


def asked(web: Web, name: str, given: str, text: str = "") -> Any:
    """The answer to a mutation."""
    field = name.partition(" ")[0]
    secret = "... on NewToken { secret }" if field == "createPrincipal" else ""
    below = f"__typename ... on InvalidInput {{ key path }} {secret}"
    document = f"mutation {{ {field}(input: {{{given}}}) {{ {below} }} }}"
    return web.post("/graphql", json={"query": document}, headers=bearer(text)).json()["data"][field]


def refused(answer: Any) -> str:
    """Why nothing was changed."""
    assert answer["__typename"] == "InvalidInput", answer
    return str(answer["key"])


@pytest.mark.parametrize("name", ACTIONS)
def test_the_last_administrator_stays_and_one_of_two_asks_the_other(name: str, door: Door) -> None:
    ann = door.token("admin", name="ann")
    assert refused(asked(door.web, name, ACTIONS[name], ann)) == "access.last_admin"
    door.token("admin", name="of a site", site=["site-1"])  # who may not administer
    door.token("admin", name="disabled", state="disabled")
    door.token("admin", name="expired", state="expired")
    door.token("auditor", name="auditor")
    assert refused(asked(door.web, name, ACTIONS[name], ann)) == "access.last_admin"

    bob = door.token("admin", name="bob")
    assert refused(asked(door.web, name, ACTIONS[name], ann)) == "access.oneself"
    assert door.known(ann).roles == {"admin"}

    assert asked(door.web, name, ACTIONS[name], bob)["__typename"] == "ChangePrincipalPayload"
    assert refused(asked(door.web, name, ACTIONS[name].replace("ann", "bob"), bob)) == "access.last_admin"


def test_the_last_token_of_whoever_administers_stays(door: Door) -> None:
    ann, other = door.token("admin", name="ann"), door.token("viewer", name="bob")
    revoke = f'token: "{ann.partition(".")[0]}"'

    assert refused(asked(door.web, "revokeToken", revoke, ann)) == "access.last_admin"
    assert asked(door.web, "revokeToken", f'token: "{other.partition(".")[0]}"', ann)["__typename"] == (
        "RevokeTokenPayload"
    )
    second = door.another("ann")
    assert asked(door.web, "revokeToken", revoke, ann)["__typename"] == "RevokeTokenPayload"
    assert refused(asked(door.web, "revokeToken", f'token: "{second.partition(".")[0]}"', second)) == (
        "access.last_admin"
    )


def test_who_has_the_file_or_the_store_may_take_away_the_last_one(door: Door) -> None:
    door.token("admin", name="ann")

    assert asked(door.web, "disablePrincipal", 'principal: "ann"', FILE)["__typename"] == "ChangePrincipalPayload"
    assert change_principal(door.access, "ann", "local:root", deleted=True).deleted


def test_an_administrator_whom_the_provider_signs_in_is_one_as_long_as_there_is_a_provider(tmp_path: Path) -> None:
    for issuer, key in (("https://login.example", "access.oneself"), (None, "access.last_admin")):
        door = Door(tmp_path, FILE, oidc_issuer=issuer, oidc_client_id="faultline", public_url="https://cmdb.example")
        ann = door.token("admin", name="ann")
        signed_in(door.access, "https://login.example", Identity("u-1", "Una", ("admin",)))
        assert refused(asked(door.web, "deletePrincipal", 'principal: "ann"', ann)) == key


def test_roles_of_whom_the_provider_signs_in_are_said_there_and_scopes_here(door: Door) -> None:
    ann = door.token("admin", name="ann")
    signed_in(door.access, "https://login.example", Identity("u-1", "Una", ("viewer",)))

    wrong = asked(door.web, "changePrincipal", 'principal: "oidc:u-1", roles: ["admin"]', ann)
    done = asked(door.web, "changePrincipal", 'principal: "oidc:u-1", scopes: {owner: ["team-1"]}', ann)
    again = signed_in(door.access, "https://login.example", Identity("u-1", "Una", ("viewer",)))

    assert (refused(wrong), wrong["path"]) == ("access.roles_elsewhere", ["input", "roles"])
    assert (done["__typename"], again.scopes) == ("ChangePrincipalPayload", {"owner": ("team-1",)})


@pytest.mark.parametrize("took", ["disabled", "deleted", "scopes"])
def test_what_is_taken_from_somebody_while_they_sign_in_stays_taken(
    took: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: dict[str, Callable[[Access], Any]] = {
        "disabled": lambda access: change_principal(access, "oidc:u-1", "tester", disabled=True),
        "deleted": lambda access: change_principal(access, "oidc:u-1", "tester", deleted=True),
        "scopes": lambda access: change_rights(access, "oidc:u-1", None, {"owner": ["team-1"]}, "tester"),
    }
    signed_in(door.access, "https://login.example", Identity("u-1", "Una", ("viewer",)))
    write = door.store.bookkeep

    def late(plan: Callable[[Any], Any]) -> None:
        # somebody else has the write lock first
        monkeypatch.setattr(door.store, "bookkeep", write)
        changes[took](door.access)
        write(plan)

    def again() -> Principal:
        return signed_in(door.access, "https://login.example", Identity("u-1", "Una", ("auditor",)))

    monkeypatch.setattr(door.store, "bookkeep", late)
    if took == "scopes":
        assert again().scopes == {"owner": ("team-1",)}
    else:
        with pytest.raises(LoginRefusedError) as refused:
            again()
        assert refused.value.reason == took
    (kept,) = door.store.principals.values()
    assert (kept["disabled"], kept["deleted"]) == (took == "disabled", took == "deleted")
    assert kept["roles"] == (["auditor"] if took == "scopes" else ["viewer"])


def test_in_local_mode_the_first_principal_is_an_administrator_and_the_last_that_is_made_so(tmp_path: Path) -> None:
    door = Door(tmp_path)
    web = over(cast(Any, door.register), home="http://127.0.0.1:8470")
    for given in ('roles: ["viewer"]', 'roles: ["approver", "importer"]', 'roles: ["admin"], scopes: {site: ["a"]}'):
        wrong = asked(web, "createPrincipal", f'name: "ann", {given}')
        assert (refused(wrong), wrong["path"]) == ("access.first_is_admin", ["input", "roles"])
    local = web.post("/graphql", json={"query": "{ me { id token local } principals { name } }"}).json()["data"]
    assert (local["me"], local["principals"]) == ({"id": None, "token": None, "local": True}, [])

    made = asked(web, "createPrincipal", 'name: "ann", roles: ["admin"]')

    assert web.post("/graphql", json={"query": "{ me { id } }"}).status_code == 401
    me = {"query": "{ me { id token local } principals { id elsewhere tokens { id state } } }"}
    told = web.post("/graphql", json=me, headers=bearer(made["secret"])).json()["data"]
    (ann,) = told["principals"]
    token = made["secret"].partition(".")[0]
    assert told["me"] == {"id": ann["id"], "token": token, "local": False}
    assert (ann["elsewhere"], ann["tokens"]) == (False, [{"id": token, "state": "VALID"}])
    assert asked(web, "createPrincipal", 'name: "bob", roles: ["viewer"]', made["secret"])["__typename"] == "NewToken"


def test_a_principal_and_its_first_token_are_kept_together_or_not_at_all(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = door.store.bookkeep
    written: list[list[str]] = []
    monkeypatch.setattr(door.store, "bookkeep", lambda plan: write(lambda reader: noted(list(plan(reader)))))

    def noted(statements: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        written.append([name for name, _ in statements])
        return statements

    door.token("viewer", name="ann")
    create_token(door.access, "ann", "never", "tester")

    assert written == [
        ["principal_write", "token_write", "access_note", "access_note"], ["token_write", "access_note"],
    ]  # fmt: skip


def test_a_token_says_what_it_is_worth(door: Door) -> None:
    for state in ("valid", "expired", "revoked"):
        door.token("viewer", name=state, state=state)
    found = door.web.post(
        "/graphql", json={"query": "{ principals { name tokens { state } } }"}, headers=bearer(FILE)
    ).json()["data"]["principals"]

    assert {each["name"]: each["tokens"][0]["state"] for each in found} == {
        "valid": "VALID", "expired": "EXPIRED", "revoked": "REVOKED",
    }  # fmt: skip
