"""Principals and tokens kept in this process, by the names of the store's statements: the gate without an engine."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from api.access.changes import change_principal, create_first_token, create_token, revoke_token
from api.access.known import Access
from api.register import Register
from api.who import Principal
from graph.ontology import load_ontology
from graph.settings import Settings
from tests.api.web import Web, over

HOME = "http://cmdb.example"
END = {"store_id": "here", "revision": 7}


class InMemory:
    """What of a store the gate uses. `trouble` is raised by all of it; `waits` holds it up."""

    def __init__(self) -> None:
        self.ontology = load_ontology()
        self.now = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
        self.principals: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.changes: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.trouble: Exception | None = None
        self.waits = threading.Event()
        self.waits.set()

    def clock(self) -> datetime:
        return self.now

    def revision(self) -> int:
        return 7

    answering = revision

    @staticmethod
    def told(rows: list[dict[str, Any]]) -> int:
        return int(rows[0]["revision"])

    def rows(self, name: str, word: str | None = None, **given: Any) -> list[dict[str, Any]]:
        self.waits.wait(10)
        if self.trouble is not None:
            raise self.trouble
        self.asked.append(name)
        match name:
            case "principal_any":
                return [{**END, "principal": next(iter(self.principals), None)}]
            case "principals_all":
                return [self._principal(each) for each in self.principals]
            case "tokens_all":
                return [{"id": key, **_without(row, "mac")} for key, row in self.tokens.items()]
            case "token_read":
                return [{**END, "id": each, **self._token(each)} for each in given["ids"]]
            case "session_read":
                return [{**END, "id": each, **self._session(each)} for each in given["ids"]]
            case "access_changes":
                return [_without(row, "key") for row in self.changes.values()][::-1][: given["limit"]]
        raise AssertionError(name)

    def note(self, name: str, /, **given: Any) -> None:
        match name:
            case "principal_write":
                self.principals[given["id"]] = given
            case "token_write":
                row = {**_without(given, "id"), "revoked_at": None, "used_at": None}
                self.tokens[given["id"]] = row
            case "token_revoke":
                self.tokens[given["id"]]["revoked_at"] = given["at"]
            case "token_used":
                self.tokens[given["id"]]["used_at"] = given["at"]
            case "session_write":
                self.sessions[given["id"]] = given
            case "session_end":
                self.sessions.pop(given["id"], None)
            case "access_note":
                self.changes[given["key"]] = given
            case _:
                assert name == "sessions_forget"

    def bookkeep(self, plan: Callable[[Any], Iterable[tuple[str, Mapping[str, Any]]]]) -> None:
        for name, given in plan(self):
            self.note(name, **given)

    def _principal(self, key: str) -> dict[str, Any]:
        row = self.principals[key]
        return {"principal": key, **_without(row, "id")}

    def _token(self, key: str) -> dict[str, Any]:
        row = self.tokens.get(key)
        if row is None:
            return {"mac": None}
        return {**row, "ends_at": row["expires_at"], **self._principal(row["principal"])}

    def _session(self, key: str) -> dict[str, Any]:
        if key not in self.sessions:
            return {"mac": None}
        row = self.sessions[key]
        token = self.tokens.get(row["token"], {"expires_at": None, "revoked_at": None})
        owner = self._principal(row["principal"]) if row["principal"] in self.principals else {"principal": None}
        found = row["token"] if row["token"] in self.tokens else None
        return {
            **owner,
            **row,
            "principal": owner["principal"],
            "found_token": found,
            **_without(token, "principal", "mac", "at"),
        }


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


class Door:
    """A server with principals, without an engine."""

    def __init__(self, folder: Path, token: str | None = None, **given: Any) -> None:
        self.store = InMemory()
        settings = replace(Settings(folder), **given)
        self.access = Access(cast(Any, self.store), settings)

        def estate(*_: int | None) -> SimpleNamespace:
            return SimpleNamespace(revision=7)

        live = SimpleNamespace(revision=None, estate=estate, since=lambda *_: None)
        self.register = SimpleNamespace(
            store=self.store,
            settings=settings,
            estate=estate,
            live=live,
            access=self.access,
            expire=lambda: None,
        )
        self.web: Web = over(cast(Register, self.register), token, HOME)

    def token(self, *given: str, name: str = "ann", state: str = "valid", **scopes: list[str]) -> str:
        """A token of a new principal with these roles, in some state."""
        if state == "none":
            return ""
        text, token = create_first_token(self.access, name, list(given), scopes, "1h", "tester")
        match state:
            case "expired":
                self.store.tokens[token.id]["expires_at"] = (self.store.now - timedelta(days=1)).isoformat()
            case "revoked":
                revoke_token(self.access, token.id, "tester")
            case "disabled":
                change_principal(self.access, name, "tester", disabled=True)
            case "deleted":
                change_principal(self.access, name, "tester", deleted=True)
        return text

    def another(self, name: str = "ann") -> str:
        """Another token of a principal."""
        return create_token(self.access, name, "1h", "tester")[0]

    def known(self, text: str) -> Principal:
        """Whose token this is."""
        return self.access.by_token(text)


def bearer(text: str) -> dict[str, str]:
    """The header that shows a token; none without one."""
    return {"Authorization": f"Bearer {text}"} if text else {}
