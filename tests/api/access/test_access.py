"""Principals and tokens in the store: what is taken away is gone at once, for whoever has the store open."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.access.changes import (
    NEVER,
    change_principal,
    change_rights,
    create_first_token,
    create_principal,
    create_token,
    revoke_token,
    with_tokens,
)
from api.access.known import Access, LoginRefusedError
from api.who import Principal
from graph.errors import BadInputError
from graph.settings import Settings
from graph.store.principals import access_changes
from tests.engines import Database

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(database: Database, tmp_path: Path, clock: Clock) -> Access:
    """An empty register on each engine in turn."""
    return Access(database.open(tmp_path / "head", clock=clock), Settings(tmp_path))


@pytest.fixture
def elsewhere(database: Database, tmp_path: Path, access: Access, clock: Clock) -> Access:
    """The same register as another process has it open."""
    return Access(database.open(tmp_path / "other-head", clock=clock), access.settings)


def refused(access: Access, text: str) -> str:
    with pytest.raises(LoginRefusedError) as found:
        access.by_token(text)
    assert found.value.message.key == "server.no_token"
    return found.value.reason


def test_a_token_tells_whose_it_is_and_when_it_was_used(access: Access, clock: Clock) -> None:
    assert not access.any_principal()
    text, token = create_first_token(access, "发现脚本", ["importer"], {"ci_class": ["host"]}, "90d", "local:ann")

    assert access.by_token(text) == Principal(
        "principal:发现脚本", "发现脚本", frozenset({"importer"}), {"ci_class": ("host",)}, token.principal, token.id
    )
    clock.now += timedelta(seconds=59)
    access.by_token(text)
    ((_, (used,)),) = with_tokens(access)
    assert (used.used_at, used.expires_at) == ("2026-11-27T12:00:00.000000Z", "2027-02-25T12:00:00.000000Z")
    clock.now += timedelta(seconds=1)
    access.by_token(text)
    ((_, (used,)),) = with_tokens(access)
    assert used.used_at == "2026-11-27T12:01:00.000000Z"
    assert access.any_principal()


def test_no_secret_and_no_pepper_is_in_the_database(access: Access, database: Database) -> None:
    text, _ = create_first_token(access, "ann", ["viewer"], {}, "90d", "local:ann")
    session = access.begin_session(access.by_token(text))
    kept = str(database.run("MATCH (n) RETURN properties(n) AS p"))

    assert "ann" in kept
    for secret in (text.partition(".")[2], session.partition(".")[2], access.pepper.decode()):
        assert secret not in kept


def test_what_is_taken_away_is_gone_at_once_elsewhere_too(access: Access, elsewhere: Access, clock: Clock) -> None:
    text, token = create_first_token(access, "ann", ["viewer"], {}, "1h", "local:ann")
    second, _ = create_token(access, "ann", NEVER, "local:ann")
    assert elsewhere.by_token(text).name == elsewhere.by_token(second).name == "ann"

    revoke_token(access, token.id, "local:ann")
    assert (refused(elsewhere, text), elsewhere.by_token(second).name) == ("revoked", "ann")
    change_principal(access, "ann", "local:ann", disabled=True)
    assert refused(elsewhere, second) == "disabled"
    change_principal(access, token.principal, "local:ann")
    assert elsewhere.by_token(second).name == "ann"
    change_principal(elsewhere, "ann", "local:ann", deleted=True)
    assert (refused(access, second), refused(access, text)) == ("deleted", "revoked")
    assert access.any_principal(), "a register that had a principal is never again open to whoever asks"
    assert with_tokens(access) == []


def test_a_token_expires_to_the_microsecond(access: Access, clock: Clock) -> None:
    text, _ = create_first_token(access, "ann", ["viewer"], {}, "1h", "local:ann")
    clock.now += timedelta(hours=1, microseconds=-1)
    assert access.by_token(text).name == "ann"
    clock.now += timedelta(microseconds=1)

    assert refused(access, text) == "expired"


def test_wrong_secrets_other_ids_and_another_pepper_are_refused_alike(access: Access, tmp_path: Path) -> None:
    text, token = create_first_token(access, "ann", ["viewer"], {}, "90d", "local:ann")
    _, _, secret = text.partition(".")

    assert refused(access, f"{token.id}.{'a' * 43}") == "unknown"
    assert refused(access, f"flt{'0' * 16}.{secret}") == "unknown"
    assert refused(access, "nonsense") == "malformed"
    assert refused(Access(access.store, Settings(tmp_path / "other")), text) == "unknown"


def test_a_session_ends_with_its_token_its_principal_its_day_or_when_it_is_said(access: Access, clock: Clock) -> None:
    text, token = create_first_token(access, "ann", ["viewer"], {}, "90d", "local:ann")
    ann = access.by_token(text)
    one, two, three = (access.begin_session(ann) for _ in range(3))
    assert access.by_session(one, None) == ann

    access.end_session(one)
    with pytest.raises(LoginRefusedError):
        access.by_session(one, None)
    clock.now += timedelta(hours=12)
    with pytest.raises(LoginRefusedError, match="no_token"):
        access.by_session(two, None)
    clock.now -= timedelta(hours=1)
    assert access.by_session(three, None) == ann
    change_principal(access, "ann", "local:ann", disabled=True)
    with pytest.raises(LoginRefusedError):
        access.by_session(three, None)
    change_principal(access, "ann", "local:ann")
    revoke_token(access, token.id, "local:ann")
    with pytest.raises(LoginRefusedError):
        access.by_session(three, None)


def test_a_session_of_the_tokens_file_ends_when_the_file_holds_another(access: Access) -> None:
    before = Principal("token:admin", "admin", frozenset({"admin"}), credential="code of the one")
    after = Principal("token:admin", "admin", frozenset({"admin"}), credential="code of another")
    session = access.begin_session(before)

    assert access.by_session(session, before) == before
    for administrator in (after, None):
        with pytest.raises(LoginRefusedError):
            access.by_session(session, administrator)


def test_sessions_that_are_over_are_forgotten(access: Access, database: Database, clock: Clock) -> None:
    text, _ = create_first_token(access, "ann", ["viewer"], {}, "90d", "local:ann")
    for _ in range(3):
        access.begin_session(access.by_token(text))
        clock.now += timedelta(hours=13)

    assert database.run("MATCH (s:Session) RETURN count(s) AS n") == [{"n": 1}]


def test_every_change_is_noted_with_who_made_it_and_touches_nothing_of_the_graph(access: Access) -> None:
    before = (access.store.graph_hash(), access.store.revision())
    text, token = create_first_token(access, "ann", ["viewer"], {"owner": ["team-1"]}, "90d", "local:root")
    change_principal(access, "ann", "principal:bob", disabled=True)
    change_principal(access, "ann", "principal:bob")
    revoke_token(access, text, "principal:bob")  # its id is meant
    change_principal(access, "ann", "principal:bob", deleted=True)

    changes = access_changes(access.store, 100)
    assert sorted((each.action, each.actor, each.name, each.token) for each in changes) == [
        ("principal_created", "local:root", "ann", None),
        ("principal_deleted", "principal:bob", "ann", None),
        ("principal_disabled", "principal:bob", "ann", None),
        ("principal_enabled", "principal:bob", "ann", None),
        ("token_created", "local:root", "ann", token.id),
        ("token_revoked", "principal:bob", "ann", token.id),
    ]
    (made,) = [each for each in changes if each.action == "principal_created"]
    assert made.detail == {"roles": ["viewer"], "scopes": {"owner": ["team-1"]}}
    assert (access.store.graph_hash(), access.store.revision()) == before


def test_other_roles_and_scopes_count_at_once_elsewhere_too_and_are_noted(
    access: Access, elsewhere: Access, clock: Clock
) -> None:
    text, _ = create_first_token(access, "ann", ["viewer"], {"owner": ["team-1"]}, "1h", "local:ann")

    clock.now += timedelta(seconds=1)
    change_rights(access, "ann", ["auditor", "importer"], None, "principal:bob")
    ann = elsewhere.by_token(text)
    assert (set(ann.roles), dict(ann.scopes)) == ({"auditor", "importer"}, {"owner": ("team-1",)})
    clock.now += timedelta(seconds=1)
    change_rights(access, "ann", None, {}, "principal:bob")
    ann = elsewhere.by_token(text)
    assert (set(ann.roles), dict(ann.scopes)) == ({"auditor", "importer"}, {})

    latest, before, *_ = access_changes(access.store, 2)
    assert (latest.action, latest.actor, latest.name) == ("principal_changed", "principal:bob", "ann")
    assert (latest.detail, before.detail) == (
        {"roles": ["importer", "auditor"], "scopes": {}},
        {"roles": ["importer", "auditor"], "scopes": {"owner": ["team-1"]}},
    )


def test_what_is_done_together_is_noted_in_its_order(access: Access) -> None:
    create_first_token(access, "ann", ["viewer"], {}, "1h", "local:ann")

    assert [each.action for each in access_changes(access.store, 9)] == ["token_created", "principal_created"]


def test_of_two_administrators_who_shut_each_other_out_at_once_one_stays(access: Access, elsewhere: Access) -> None:
    _, ann = create_first_token(access, "ann", ["admin"], {}, "1h", "local:root")
    _, bob = create_first_token(access, "bob", ["admin"], {}, "1h", "local:root")
    start, told = threading.Barrier(2), list[str]()

    def shut_out(where: Access, other: str, asking: str) -> None:
        start.wait()
        try:
            change_principal(where, other, asking, disabled=True, asking=asking)
        except BadInputError as error:
            told.append(error.message.key)

    beside = threading.Thread(target=shut_out, args=(elsewhere, "ann", bob.principal))
    beside.start()
    shut_out(access, "bob", ann.principal)
    beside.join()

    assert told == ["access.last_admin"]
    assert sum(each.disabled for each, _ in with_tokens(access)) == 1


REFUSED: list[tuple[str, list[str], dict[str, list[str]], str, str]] = [
    ("", ["viewer"], {}, "90d", "access.bad_name"),
    ("x" * 101, ["viewer"], {}, "90d", "access.bad_name"),
    ("a\nb", ["viewer"], {}, "90d", "access.bad_name"),
    ("a\u202eb", ["viewer"], {}, "90d", "values.invisible_character"),
    ("a\ud800", ["viewer"], {}, "90d", "values.surrogate"),
    ("ann", [], {}, "90d", "access.bad_role"),
    ("ann", ["root"], {}, "90d", "access.bad_role"),
    ("ann", ["viewer"], {"colour": ["red"]}, "90d", "access.bad_scope"),
    ("ann", ["viewer"], {"ci_class": ["hots"]}, "90d", "access.bad_class"),
    ("ann", ["viewer"], {"site": []}, "90d", "access.empty_scope"),
    ("ann", ["viewer"], {"site": ["a b"]}, "90d", "values.id_character"),
    ("ann", ["viewer"], {"site": ["a"] * 1_001}, "90d", "access.many_scopes"),
    ("ann", ["viewer"], {}, "soon", "values.duration"),
    ("taken", ["viewer"], {}, "90d", "access.name_taken"),
]


UNFIT: list[tuple[list[str] | None, dict[str, list[str]] | None, str]] = [
    ([], None, "access.bad_role"),
    (["root"], None, "access.bad_role"),
    (None, {"site": []}, "access.empty_scope"),
    (None, {"colour": ["red"]}, "access.bad_scope"),
    (["viewer"], None, "access.unknown_principal"),
]


def test_what_cannot_be_kept_is_told_and_changes_nothing(access: Access) -> None:
    gone = create_principal(access, "taken", ["viewer"], {}, "local:ann")
    change_principal(access, gone.id, "local:ann", deleted=True)

    for name, given, scopes, expires, key in REFUSED:
        with pytest.raises(BadInputError) as told:
            create_first_token(access, name, given, scopes, expires, "local:ann")
        assert told.value.message.key == key

    for named, other, key in UNFIT:
        with pytest.raises(BadInputError) as told:
            change_rights(access, gone.id, named, other, "local:ann")
        assert told.value.message.key == key

    assert with_tokens(access) == []
    assert len(access_changes(access.store, 100)) == 2
