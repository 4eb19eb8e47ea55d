"""Rows on disk: in the order of a key, with a few of them in memory at a time."""

import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from importers import spool


class Text(NamedTuple):
    """A row with something in it."""

    name: str
    text: str


def filled(folder: Path, count: int) -> spool.Spool[Text]:
    rows = spool.Spool(folder / "rows", Text, block=100)
    for number in range(count):
        rows.add(Text(f"{number * 7919 % count:06}", f"{number:06}" * 100))
    return rows


def test_rows_come_in_the_order_of_the_key_with_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SORTED_AT_ONCE", 100)
    with closing(filled(tmp_path, 1_050)) as rows:
        ordered = list(spool.sorted_rows(rows, lambda row: row.name, tmp_path))

    assert [row.name for _, row in ordered] == [f"{number:06}" for number in range(1_050)]
    assert all(row.text == f"{number:06}" * 100 for number, row in ordered)


def test_sorting_holds_one_run_in_memory_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "SORTED_AT_ONCE", 500)
    with closing(filled(tmp_path, 10_000)) as rows:  # 6 MB of texts
        tracemalloc.start()
        try:
            count = sum(1 for _ in spool.sorted_rows(rows, lambda row: row.name, tmp_path))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert count == 10_000
    assert most < 3_000_000
