"""A review as SARIF 2.1.0, for where a pipeline collects the findings of its tools: a result for each reason."""

import hashlib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from api.cli.version import VERSION
from api.review_words import ReviewWords
from api.texts import Texts
from graph.canonical import canonical

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"block": "error", "review": "warning", "pass": "note"}
FINGERPRINT = "faultlineReason/v1"  # the same reason of the same change is one alert, from run to run


def as_sarif(answer: Mapping[str, Any], title: str, say: Texts, file: str | None) -> dict[str, Any]:
    """The log; `file`: what was reviewed, as it was named, `None` for a change of the register."""
    words = ReviewWords(say)
    rules = list(dict.fromkeys(reason["key"] for reason in answer["reasons"]))
    told = {"verdict": answer["verdict"], "score": answer["score"], "evidenceHash": answer["evidence_hash"]}
    location = _location(answer["change"], file)
    results = [
        {
            "ruleId": reason["key"],
            "ruleIndex": rules.index(reason["key"]),
            "level": LEVELS[reason["severity"]],
            "message": {"text": words.reason(reason)},
            "locations": [location],
            "partialFingerprints": {FINGERPRINT: _fingerprint(answer["change"], reason)},
            "properties": {**told, "severity": reason["severity"], "params": reason["params"]},
        }
        for reason in answer["reasons"]
    ]
    aged = {"snapshot": {**answer["snapshot"], "message": words.asked(answer)}} if "snapshot" in answer else {}
    run = {
        "tool": {"driver": {"name": "Faultline", "version": VERSION, "rules": [{"id": rule} for rule in rules]}},
        "automationDetails": {"id": f"faultline-review/{answer['change']}"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {**told, "summary": words.title(answer, title), "revision": answer["revision"], **aged},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _location(change: str, file: str | None) -> dict[str, Any]:
    if file is None:
        return {"logicalLocations": [{"name": change, "kind": "resource"}]}
    # a path below the folder of the pipeline leads there; any other one says no more than the file's name
    path = PurePath(file)
    leads = not path.is_absolute() and ".." not in path.parts
    uri = quote(path.as_posix() if leads else path.name)
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}


def _fingerprint(change: str, reason: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical([change, reason["key"], reason["params"]])).hexdigest()
