"""The published schemas of JSON answers (`docs/schemas`), made from ANSWERS."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


@cache
def schema(name: str) -> Draft202012Validator:
    """The schema of one answer, `docs/schemas/NAME.json`; itself valid."""
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def validated(name: str, answer: Any) -> Any:
    """The answer, which its schema accepts."""
    problems = [f"{error.json_path}: {error.message}" for error in schema(name).iter_errors(answer)]
    assert not problems, "\n".join(problems[:10])
    return answer
