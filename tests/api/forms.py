"""The forms of what commands answer with --json (INTERFACES: Command line)."""

from collections.abc import Iterable, Mapping
from typing import Any

TEXT, COUNT, YES = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}


def exactly(also: Iterable[str] = (), **fields: Any) -> dict[str, Any]:
    """An object with these fields and no others; those of `also` may be absent."""
    required = [name for name in fields if name not in also]
    named = {name.rstrip("_"): form for name, form in fields.items()}
    required = [name.rstrip("_") for name in required]
    return {"type": "object", "properties": named, "required": required, "additionalProperties": False}


def many(form: Mapping[str, Any]) -> dict[str, Any]:
    """A list of these."""
    return {"type": "array", "items": form}


def or_null(form: Mapping[str, Any]) -> dict[str, Any]:
    """This or null."""
    return {"anyOf": [form, {"type": "null"}]}


TABLES = exactly(cis=COUNT, relationships=COUNT, records=COUNT)
FINDING = exactly(
    file=TEXT, line=or_null(COUNT), field=or_null(TEXT), key=TEXT, params={"type": "object"}, message=TEXT
)
IMPORT = exactly(
    run=TEXT, scope=TEXT, scopes=many(TEXT), dry_run=YES, full=YES, revision=COUNT, revisions=COUNT, created=TABLES,
    updated=TABLES, unchanged=TABLES, ended=TABLES, missing=COUNT, missing_cis=many(TEXT), overruled=COUNT,
    conflicts=many(FINDING), rejected=many(FINDING), warnings=many(FINDING), unresolved=many(FINDING),
)  # fmt: skip
SEARCH = exactly(revision=COUNT, results=many(exactly(ci_id=TEXT, name=TEXT, ci_class=TEXT, match=TEXT)))
PATH = exactly(revision=COUNT, paths=many(many(TEXT)), complete=YES)
DIFFERING = exactly(kind=TEXT, key=TEXT, reason=TEXT)
AUDIT = exactly(
    ok=YES, commits=COUNT, head=TEXT, first_bad=or_null(COUNT), reason=or_null(TEXT), differing=many(DIFFERING)
)
CHECK = exactly(id=TEXT, ok=YES, key=TEXT, params={"type": "object"}, message=TEXT, hint=or_null(TEXT))
DOCTOR = exactly(ok=YES, checks=many(CHECK))
GRAPH_HASH = exactly(revision=COUNT, graph_hash={"type": "string", "pattern": "^fl1:[0-9a-f]{64}$"})
EXPORT = exactly(format=TEXT, path=TEXT, rows={"type": "object"})
ERROR = exactly(error=exactly(key=TEXT, params={"type": "object"}, message=TEXT))
