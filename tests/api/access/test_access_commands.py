"""`faultline token` and `faultline principal`, as an operator uses them on the store."""

import getpass

import pytest

from tests.api.command import Run

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike


def test_tokens_are_made_listed_and_taken_away(faultline: Run) -> None:
    made = faultline(
        "token", "create", "--role", "importer", "--name", "discovery", "--scope", "class=host", "--json"
    ).json
    another = faultline("token", "create", "--principal", "discovery", "--expires", "never")
    text, *others = another.out.splitlines()

    assert made["token"].startswith(f"{made['id']}.")
    assert (others, another.code) == ([], 0)
    assert "shown once" in another.err
    listed = faultline("token", "list", "--json").json["tokens"]
    assert [(each["principal"], each["state"]) for each in listed] == [("discovery", "valid")] * 2
    (principal,) = faultline("principal", "list", "--json").json["principals"]
    assert (principal["roles"], principal["scopes"]) == (["importer"], {"ci_class": ["host"]})
    changed = faultline("principal", "change", "discovery", "--role", "viewer", "--no-scopes", "--json").json
    assert (changed["roles"], changed["scopes"]) == (["viewer"], {})
    assert faultline("principal", "change", "discovery", "--scope", "owner=team-1").out.endswith("viewer.\n")
    assert faultline("token", "revoke", made["id"]).code == 0
    for what, state in (("disable", "disabled"), ("enable", "valid")):
        assert faultline("principal", what, "discovery").code == 0
        assert faultline("principal", "list", "--json").json["principals"][0]["state"] == state
    states = {each["id"]: each["state"] for each in faultline("token", "list", "--json").json["tokens"]}
    assert states == {made["id"]: "revoked", text.partition(".")[0]: "valid"}
    assert faultline("principal", "delete", "discovery", "--json").json["deleted"]
    assert faultline("token", "list", "--json").json == {"tokens": []}
    log = faultline("principal", "log", "--json").json["changes"]
    assert {each["actor"] for each in log} == {f"local:{getpass.getuser()}"}
    assert len(log) == 9
    shown = faultline("principal", "log", "--limit", "1").out
    assert "principal deleted" in shown
    assert not [word for word in (made["token"].partition(".")[2], text.partition(".")[2]) if word in str(log)]


def test_what_is_asked_wrongly_is_exit_2_and_changes_nothing(faultline: Run) -> None:
    wrong = (
        ("create",),
        ("create", "--role", "root"),
        ("create", "--role", "viewer", "--principal", "ann"),
        ("create", "--principal", "ann", "--name", "ann"),
        ("create", "--principal", "nobody"),
        ("create", "--role", "viewer", "--scope", "colour=red"),
        ("create", "--role", "viewer", "--expires", "soon"),
        ("revoke", "flt0123456789abcdef"),
    )

    assert [faultline("token", *words).code for words in wrong] == [2] * len(wrong)
    assert faultline("principal", "disable", "nobody").code == 2
    assert faultline("principal", "change", "nobody").code == 2
    assert faultline("principal", "change", "nobody", "--scope", "site=a", "--no-scopes").code == 2
    assert faultline("principal", "log", "--json").json == {"changes": []}


def test_a_principal_without_a_name_is_called_by_its_role(faultline: Run) -> None:
    faultline("token", "create", "--role", "admin")

    (principal,) = faultline("principal", "list", "--json").json["principals"]
    assert principal["name"].startswith("admin-")
    assert "admin" in faultline("principal", "list").out
    assert "valid" in faultline("token", "list").out
