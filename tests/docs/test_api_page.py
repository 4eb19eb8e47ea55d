"""The questions on the page about the API are asked, and answered as it says."""

from pathlib import Path

import pytest

from api.register import open_register
from graph.settings import Settings
from tests.api.command import environment
from tests.docs.answered import INVENTORY, PAGE, questions, with_answers
from tests.engines import Database, imported


@pytest.mark.storage
def test_the_answers_on_the_page_are_those_of_the_example(embedded_engine: Database, tmp_path: Path) -> None:
    embedded_engine.wipe()
    page = PAGE.read_text(encoding="utf-8")
    with open_register(Settings.from_environment(environment(embedded_engine, tmp_path / "data"))) as register:
        imported(register.store, INVENTORY)

        assert with_answers(page, register) == page, "python -m tests.docs.answered"


def test_there_are_ten_questions_at_least() -> None:
    assert len(questions(PAGE.read_text(encoding="utf-8"))) >= 10
