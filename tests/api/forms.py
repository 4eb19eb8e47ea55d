"""The forms of what commands answer with --json (INTERFACES: Command line)."""

from collections.abc import Iterable, Mapping
from typing import Any

TEXT, COUNT, YES = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
STATE = {"enum": ["outage", "degraded", "at_risk"]}
RULES = (
    "seed", "group_broken", "provider_out", "no_source", "redundancy_lost", "soft_provider_out", "provider_degraded",
    "provider_at_risk",
)  # fmt: skip


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


COUNTS = exactly(outage=COUNT, degraded=COUNT, at_risk=COUNT)
STEP = exactly(
    ("group", "members", "needed", "left", "lost", "via", "from_", "effect"),
    ci_id=TEXT, state=STATE, rule={"enum": list(RULES)}, group=TEXT, members=COUNT, needed=COUNT, left=COUNT,
    lost=many(TEXT), via=TEXT, from_=TEXT, effect={"enum": ["outage", "degraded", "retire"]},
)  # fmt: skip
AFFECTED = exactly(
    ("reasons",),
    ci_id=TEXT, ci_class=TEXT, state=STATE, hops={"type": "integer", "minimum": 1},
    margin=or_null({"type": "integer"}), confidence={"enum": ["high", "low"]}, reasons=many(TEXT),
    witness={**many(STEP), "minItems": 2},
)  # fmt: skip
SEED = exactly(("confidence", "reasons"), ci_id=TEXT, effect=TEXT, confidence=TEXT, reasons=many(TEXT))
SERVICE = exactly(ci_id=TEXT, name=TEXT, state=STATE, criticality=or_null(TEXT))
IMPACT = exactly(
    revision=COUNT, complete=YES, seeds=many(SEED), counts=COUNTS, services=many(SERVICE), affected=many(AFFECTED),
    total=COUNT, shown=COUNT,
)  # fmt: skip
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
CITED = exactly(relationship=TEXT, ci_id=TEXT)
BROKEN = exactly(ci_id=TEXT, group=TEXT, members=COUNT, needed=COUNT, lost=many(CITED))
EFFECT = {"enum": ["outage", "degraded", "retire"]}
PROOF_STEP = {
    "oneOf": [
        exactly(ci_id=TEXT, rule={"const": "seed"}, effect=EFFECT),
        exactly(
            ci_id=TEXT, rule={"enum": ["group_broken", "provider_out"]}, group=TEXT, members=COUNT, needed=COUNT,
            lost=many(CITED),
        ),
        exactly(rule={"const": "no_source"}, set={**many(BROKEN), "minItems": 1}),
        exactly(
            ci_id=TEXT, rule={"const": "redundancy_lost"}, group=TEXT, members=COUNT, needed=COUNT, margin=COUNT,
            lost=many(CITED),
        ),
        exactly(
            ci_id=TEXT, rule={"enum": ["soft_provider_out", "provider_degraded", "provider_at_risk"]}, provider=CITED
        ),
    ]
}  # fmt: skip
CLAIM = exactly(ci_id=TEXT, state={"enum": ["outage", "degraded", "at_risk", "not_out"]}, exact=YES)
CERTIFICATE = exactly(
    format={"const": "faultline.certificate/1"}, store_id=TEXT, revision=COUNT, graph_hash=TEXT, at=TEXT,
    seeds=many(exactly(ci_id=TEXT, effect=EFFECT)), edits=many({}), claim=CLAIM, steps=many(PROOF_STEP),
    standing=or_null(many(TEXT)),
)  # fmt: skip
BAD_STEP = exactly(index={"type": "integer", "minimum": -1}, key=TEXT, params={"type": "object"})
CHECKED = exactly(
    accepted=YES, kind={"const": "certificate"}, revision=COUNT, claim=CLAIM, steps_checked=COUNT,
    bad_step=or_null(BAD_STEP),
)  # fmt: skip
EXPORT = exactly(format=TEXT, path=TEXT, rows={"type": "object"})
ERROR = exactly(error=exactly(key=TEXT, params={"type": "object"}, message=TEXT))
