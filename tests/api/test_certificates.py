"""Proofs at the command line: printed, checked, and refused where anything about them is not as they say."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from api import certificates
from tests.api import forms
from tests.api.command import Run
from tests.engines import inventory


@pytest.fixture
def proof(faultline: Run, estate: Path, tmp_path: Path) -> Path:
    """A file that proves that the claims service is out when its database stops."""
    assert faultline("import", "inventory", estate).code == 0
    path = tmp_path / "proof.json"
    path.write_text(faultline("impact", "db-1", "--prove", "svc-claims").out, encoding="utf-8")
    return path


def changed(path: Path, **fields: Any) -> Path:
    """A copy with other fields."""
    plain = {**json.loads(path.read_text(encoding="utf-8")), **fields}
    other = path.with_name("changed.json")
    other.write_text(json.dumps(plain), encoding="utf-8")
    return other


def test_a_proof_is_in_its_form_and_is_accepted(faultline: Run, proof: Path) -> None:
    plain = json.loads(proof.read_text(encoding="utf-8"))
    checked = faultline("check", proof, "--json")

    jsonschema.validate(plain, forms.CERTIFICATE)
    jsonschema.validate(checked.json, forms.CHECKED)
    assert (checked.code, checked.json["accepted"], checked.json["steps_checked"]) == (0, True, 3)
    assert [(step["ci_id"], step["rule"]) for step in plain["steps"]] == [
        ("db-1", "seed"), ("app-2", "provider_out"), ("svc-claims", "provider_out"),
    ]  # fmt: skip
    assert faultline("check", proof, "--rehash").out == "Proved: svc-claims is out (3 steps checked).\n"


def test_every_affected_ci_comes_with_a_proof_and_all_are_checked(faultline: Run, proof: Path, tmp_path: Path) -> None:
    answered = faultline("impact", "db-1", "--witness", "--json")
    (tmp_path / "answer.json").write_text(answered.out, encoding="utf-8")
    degraded = next(each for each in answered.json["affected"] if each["state"] == "degraded")

    for each in answered.json["affected"]:
        jsonschema.validate(each["certificate"], forms.CERTIFICATE)
    assert degraded["certificate"]["claim"] == {"ci_id": "app-1", "state": "degraded", "exact": True}
    assert "db-2" in degraded["certificate"]["standing"]
    assert faultline("check", tmp_path / "answer.json").code == 0
    assert "3 steps, 0 CIs shown not to be out" in faultline("impact", "db-1", "--witness").out


def test_what_is_not_out_is_proved_by_what_stands(faultline: Run, proof: Path, tmp_path: Path) -> None:
    standing = tmp_path / "standing.json"
    standing.write_text(faultline("impact", "db-2", "--prove", "svc-policy").out, encoding="utf-8")
    unaffected = json.loads(faultline("impact", "db-2", "--prove", "db-1").out)

    assert json.loads(standing.read_text(encoding="utf-8"))["claim"]["state"] == "at_risk"
    assert (unaffected["claim"]["state"], unaffected["steps"]) == ("not_out", [])
    assert sorted(unaffected["standing"]) == ["db-1", "host-1", "site-1"]
    assert faultline("check", standing).code == 0


def test_a_long_proof_is_read_line_by_line(
    faultline: Run, proof: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = json.loads(proof.read_text(encoding="utf-8"))
    head = {name: value for name, value in plain.items() if name != "steps"}
    lines = tmp_path / "proof.ndjson"
    lines.write_text("\n".join(map(json.dumps, [head, *plain["steps"]])) + "\n\n", encoding="utf-8")
    torn = tmp_path / "torn.ndjson"
    torn.write_text(lines.read_text(encoding="utf-8")[:-20], encoding="utf-8")

    assert faultline("check", lines, "--json").json["accepted"]
    assert faultline("check", torn, "--json").json["bad_step"] == {
        "index": 2, "key": "certificate.malformed", "params": {"where": "torn.ndjson:4", "expected": "JSON"},
    }  # fmt: skip
    monkeypatch.setattr(certificates, "LONGEST", 600)
    assert faultline("check", lines).code == 0
    assert faultline("check", proof, "--json").json["error"]["key"] == "certificate.too_long"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"graph_hash": "fl1:" + "0" * 64}, "certificate.other_hash"),
        ({"store_id": "another"}, "certificate.other_store"),
        ({"revision": 999}, "certificate.no_revision"),
        ({"revision": 3}, "certificate.other_hash"),
        ({"steps": []}, "certificate.not_shown"),
        ({"seeds": [{"ci_id": "db-2", "effect": "outage"}]}, "certificate.no_such_seed"),
        ({"seeds": []}, "certificate.no_seeds"),
        ({"edits": [{"op": "retire", "ci_id": "db-2"}]}, "certificate.edits"),
        ({"claim": {"ci_id": "svc-policy", "state": "outage", "exact": False}}, "certificate.not_shown"),
    ],
)
def test_a_proof_of_something_else_is_rejected(faultline: Run, proof: Path, fields: dict[str, Any], key: str) -> None:
    checked = faultline("check", changed(proof, **fields), "--json")

    jsonschema.validate(checked.json, forms.CHECKED)
    assert (checked.code, checked.json["accepted"], checked.json["bad_step"]["key"]) == (1, False, key)


def test_a_proof_holds_at_its_revision_after_the_graph_has_changed(faultline: Run, proof: Path, tmp_path: Path) -> None:
    moved = inventory(tmp_path / "moved", relationships="source,type,target\napp-2,depends_on,db-2\n")
    faultline("import", "inventory", moved, "--scope", "estate", "--full")
    now = json.loads(faultline("impact", "db-1", "--prove", "svc-claims").out)

    assert now["claim"]["state"] == "not_out"
    assert faultline("check", proof).code == 0
    assert faultline("check", changed(proof, revision=now["revision"], graph_hash=now["graph_hash"])).code == 1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "certificate.unreadable"),
        ("{", "certificate.unreadable"),
        ("[]", "certificate.none"),
        ('{"affected": []}', "certificate.none"),
        ('{"format": "faultline.certificate/2", "steps": []}', "certificate.malformed"),
        ('{"format": "faultline.certificate/1", "steps": [{"rule": "magic"}]}', "certificate.malformed"),
        ("[" * 100_000, "certificate.unreadable"),
    ],
)
def test_a_file_that_is_no_proof_is_unreadable(faultline: Run, tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")

    answered = faultline("check", path, "--json")

    assert (answered.code, answered.json["error"]["key"]) == (2, key)
    assert faultline("check", tmp_path / "nowhere").code == 2


def test_proving_the_state_of_nobody_is_refused(faultline: Run, proof: Path) -> None:
    assert faultline("impact", "db-1", "--prove", "nobody").code == 2
