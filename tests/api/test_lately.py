"""What was looked at less than a second ago is not looked at again, but for another revision or after a write."""

from types import SimpleNamespace

import pytest

from api.lately import Lately
from graph.errors import StorageError
from graph.store.live import LATELY


def test_it_is_looked_at_anew_for_another_revision_after_a_while_and_after_a_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, looks = [100.0], list[float]()
    monkeypatch.setattr("api.lately.time", SimpleNamespace(monotonic=lambda: now[0]))

    def look() -> int:
        looks.append(now[0])
        return len(looks)

    lately = Lately(look)
    assert (lately.at(1), lately.at(1)) == (1, 1)
    assert (lately.at(2), lately.at(2)) == (2, 2)
    now[0] += LATELY - 0.1
    assert lately.at(2) == 2
    now[0] += 0.2
    assert lately.at(2) == 3
    lately.expire()
    assert lately.at(2) == 4, "who has just written sees it, in whichever moment the clock is"


def test_what_fails_is_not_kept() -> None:
    trouble: list[Exception] = [StorageError("storage.unavailable", reason="gone")]

    def look() -> str:
        if trouble:
            raise trouble.pop()
        return "there"

    lately = Lately(look)
    with pytest.raises(StorageError):
        lately.at(1)
    assert lately.at(1) == "there"


def test_a_look_that_began_before_a_later_one_does_not_take_its_place() -> None:
    def look() -> str:
        if not nested:
            nested.append(True)
            assert lately.at(2) == "later"
            return "earlier"
        return "later"

    nested = list[bool]()
    lately = Lately(look)

    assert lately.at(1) == "earlier"
    assert lately.at(2) == "later"
