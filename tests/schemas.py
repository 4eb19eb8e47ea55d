"""The published schemas of JSON answers (`docs/schemas`), made from ANSWERS."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


@cache
def _plain(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@cache
def _others() -> Registry[Any]:
    # one schema names another by its file
    files = (path.stem for path in FOLDER.glob("*.json"))
    return Registry().with_resources((f"{name}.json", Resource.from_contents(_plain(name))) for name in files)


@cache
def schema(name: str) -> Draft202012Validator:
    """The schema of one answer, `docs/schemas/NAME.json`; itself valid."""
    Draft202012Validator.check_schema(_plain(name))
    return Draft202012Validator(_plain(name), registry=_others())


def validated(name: str, answer: Any) -> Any:
    """The answer, which its schema accepts."""
    problems = [f"{error.json_path}: {error.message}" for error in schema(name).iter_errors(answer)]
    assert not problems, "\n".join(problems[:10])
    return answer
