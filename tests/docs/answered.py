"""The answers that the page on the API prints: `python -m tests.docs.answered` asks the example and writes them."""

import json
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from api.register import Register, open_register
from graph.settings import Settings
from tests.api.web import over
from tests.engines import imported

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api.md"
INVENTORY = ROOT / "examples" / "insurer" / "inventory"
_QUESTION = re.compile(
    r"```graphql\n(?P<query>.*?)```\n(?:\n```json variables\n(?P<variables>.*?)```\n)?"
    r"(?P<answer>\n```json answer\n.*?```\n)?",
    re.DOTALL,
)
WIDTH = 118


@dataclass(frozen=True)
class Question:
    """A document with its variables."""

    query: str
    variables: dict[str, Any]


def question_of(found: re.Match[str]) -> Question:
    return Question(found["query"], json.loads(found["variables"]) if found["variables"] else {})


def questions(page: str) -> list[Question]:
    """All of a page, in order."""
    return [question_of(found) for found in _QUESTION.finditer(page)]


def answered(register: Register, question: Question) -> Any:
    """What the API answers."""
    answer = over(register).post("/graphql", json={"query": question.query, "variables": question.variables}).json()
    assert "errors" not in answer, answer
    return answer["data"]


def with_answers(page: str, register: Register) -> str:
    """The page with the answers as they are."""

    def filled(found: re.Match[str]) -> str:
        asked = found[0].removesuffix(found["answer"] or "")
        text = laid_out(answered(register, question_of(found)))
        return f"{asked}\n```json answer\n{text}\n```\n"

    return _QUESTION.sub(filled, page)


def laid_out(value: Any, indent: int = 0, lead: int = 0) -> str:
    """JSON, whatever fits on one line on one line; `lead`: characters before it on its first line."""
    flat = json.dumps(value, ensure_ascii=False)
    if indent + lead + len(flat) <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inside = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {laid_out(each, indent + 2, len(name) + 4)}" for name, each in value.items()]
    else:
        parts = [laid_out(each, indent + 2) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inside}" + f",\n{inside}".join(parts) + f"\n{' ' * indent}{closing}"


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings.from_environment({"FAULTLINE_LANG": "en"}), data_dir=Path(folder))
        with open_register(settings) as register:
            imported(register.store, INVENTORY)
            PAGE.write_text(with_answers(PAGE.read_text(encoding="utf-8"), register), encoding="utf-8")


if __name__ == "__main__":
    main()
