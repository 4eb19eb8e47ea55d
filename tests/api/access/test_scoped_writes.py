"""What somebody with scopes may write is judged by the rows that the writer will make of it."""

from collections.abc import Iterable
from typing import Any, cast

import pytest

from api.access.scopes import check_written
from api.schema.allowed import ci_rows
from graph.errors import NotAllowedError
from graph.store import Kept
from graph.store.principals import Scopes
from tests.api.access.test_redaction import Records

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"
STATES: dict[str, dict[str, Any]] = {
    COMPOSED: {"ci_class": "volume", "name": "not mine", "environment": "prod"},
    "host-1": {"ci_class": "host", "name": "mine", "environment": "test"},
    f"team-{COMPOSED}": {"ci_class": "team", "name": "us"},
}
HOSTS: Scopes = {"ci_class": ("host",)}
TEST: Scopes = {"environment": ("test",)}
OURS: Scopes = {"owner": (f"team-{COMPOSED}",)}
THERE: Scopes = {"site": (f"site-{COMPOSED}",)}
NEW: dict[str, Any] = {"ciId": "new", "name": "new", "ciClass": "host"}


class Present(Records):
    """The same records, as they are now."""

    def kept(self, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        return self.kept_at(kind, keys, 3)


def refused(scopes: Scopes, *rows: dict[str, Any], ends: Iterable[str] = ()) -> bool:
    store = Present(STATES, {"host-1": f"team-{COMPOSED}"}, {"host-1": f"site-{COMPOSED}"})
    try:
        check_written(cast(Any, store), scopes, ci_rows(rows), ends, "UTC")
    except NotAllowedError:
        return True
    return False


@pytest.mark.parametrize("spelling", [COMPOSED, DECOMPOSED])
def test_an_id_names_the_same_ci_in_either_spelling(spelling: str) -> None:
    assert refused(HOSTS, {**NEW, "ciId": spelling})
    assert refused(HOSTS, ends=["host-1", spelling])
    assert not refused({"ci_class": ("volume",)}, ends=[spelling])
    assert not refused(OURS, {**NEW, "attributes": {"owner": f"team-{spelling}"}})
    assert not refused(THERE, {**NEW, "attributes": {"site": f"site-{spelling}"}})


@pytest.mark.parametrize("blank", ["{}", " {}", "{}\t", "\u3000{} "])
def test_columns_and_class_are_read_as_the_writer_reads_them(blank: str) -> None:
    def with_column(name: str, value: Any) -> dict[str, Any]:
        return {"ciId": "host-1", "attributes": {blank.format(name): value}}

    assert refused(TEST, with_column("environment", "prod"))
    assert refused(TEST, with_column("environment", None))
    assert not refused(TEST, with_column("environment", " test "))
    assert refused(OURS, with_column("owner", "team-2"))
    assert refused(OURS, with_column("owner", None))
    assert not refused(OURS, with_column("owner", ""))  # says nothing
    assert refused(THERE, with_column("site", "site-2"))
    assert refused(HOSTS, with_column("ci_class", "volume"))
    assert not refused(HOSTS, {"ciId": "new", "name": "new", "attributes": {blank.format("ci_class"): "host"}})


def test_what_the_writer_refuses_is_left_to_it_and_hides_nothing_beside_it() -> None:
    unread: tuple[dict[str, Any], ...] = (
        {**NEW, "ciId": "a b"},
        {**NEW, "ciId": ""},
        {**NEW, "attributes": ["no", "columns"]},
        {**NEW, "attributes": {"ci_class": "volume"}},
        {**NEW, "ciClass": "no_such_class"},
    )
    for row in unread:
        assert not refused(HOSTS, row)
        assert refused(HOSTS, row, {"ciId": COMPOSED, "name": "mine now"})
    assert not refused(HOSTS, ends=["a b"])
