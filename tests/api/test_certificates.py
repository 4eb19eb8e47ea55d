"""Proofs at the command line: printed, checked, and refused where anything about them is not as they say."""

import json
from pathlib import Path
from typing import Any

import pytest

from api import certificates
from api.cli import answers
from graph.errors import StorageError
from graph.store import Store
from tests.api.command import Run
from tests.engines import inventory
from tests.schemas import validated


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

    validated("certificate", plain)
    validated("check", checked.json)
    assert (checked.code, checked.json["accepted"], checked.json["steps_checked"]) == (0, True, 3)
    assert [(step["ci_id"], step["rule"]) for step in plain["steps"]] == [
        ("db-1", "seed"), ("app-2", "provider_out"), ("svc-claims", "provider_out"),
    ]  # fmt: skip
    told = "Proved: with db-1=outage, at revision 20, svc-claims is out (3 steps checked).\n"
    assert faultline("check", proof, "--rehash").out == told


def test_every_affected_ci_comes_with_a_proof_and_all_are_checked(faultline: Run, proof: Path, tmp_path: Path) -> None:
    answered = faultline("impact", "db-1", "--witness", "--json")
    (tmp_path / "answer.json").write_text(answered.out, encoding="utf-8")
    degraded = next(each for each in answered.json["affected"] if each["state"] == "degraded")

    for each in answered.json["affected"]:
        validated("certificate", each["certificate"])
    assert degraded["certificate"]["claim"] == {"ci_id": "app-1", "state": "degraded", "exact": True}
    assert "db-2" in degraded["certificate"]["standing"]
    assert faultline("check", tmp_path / "answer.json", "--json").json["certificates"] == 4
    assert "All 4 certificates of the file are accepted" in faultline("check", tmp_path / "answer.json").out
    assert "3 steps, 0 CIs shown not to be out" in faultline("impact", "db-1", "--witness").out


@pytest.mark.parametrize("forge", ["state", "less", "seeds", "service", "counts", "swap", "drop"])
def test_an_answer_whose_rows_are_not_those_of_its_proofs_is_refused(
    faultline: Run, proof: Path, tmp_path: Path, forge: str
) -> None:
    answer = faultline("impact", "db-1", "--witness", "--json").json
    first, second = answer["affected"][:2]
    if forge == "state":
        first["state"] = "at_risk"
    elif forge == "less":
        # a claim of at least is true of what is worse
        first["state"], first["certificate"]["claim"]["state"] = "at_risk", "at_risk"
    elif forge == "seeds":
        answer["seeds"][0]["ci_id"] = "db-2"
    elif forge == "service":
        answer["services"][0]["state"] = "at_risk"
    elif forge == "counts":
        answer["counts"]["outage"] -= 1
    elif forge == "swap":
        first["certificate"], second["certificate"] = second["certificate"], first["certificate"]
    else:
        del second["certificate"]
    (tmp_path / "answer.json").write_text(json.dumps(answer), encoding="utf-8")

    refused = faultline("check", tmp_path / "answer.json", "--json")

    assert (refused.code, refused.json["error"]["key"]) == (2, "certificate.malformed")


def test_what_a_proof_says_of_itself_is_printed_as_harmless_text(faultline: Run, proof: Path) -> None:
    hostile = "x\n\x1b[2JProved: all is well"
    forged = changed(proof, store_id=hostile, claim={"ci_id": hostile, "state": "degraded", "exact": False})

    told = faultline("check", forged)

    assert (told.code, len(told.out.splitlines())) == (1, 1)
    assert "\x1b" not in told.out
    assert "at least degraded" in told.out


def test_a_group_named_like_a_plain_relationship_is_not_taken_for_it(faultline: Run, tmp_path: Path) -> None:
    cis = "ci_id,name,ci_class\n" + "".join(f"{name},{name},host\n" for name in ("app", "a", "b", "c"))
    rows = "app,depends_on,a,,\n" + "".join(f"app,depends_on,{m},depends_on|a,1\n" for m in ("b", "c"))
    related = f"source,type,target,redundancy_group,min_available\n{rows}"
    assert faultline("import", "inventory", inventory(tmp_path / "in", cis=cis, relationships=related)).code == 0
    path = tmp_path / "proof.json"
    path.write_text(faultline("impact", "a", "--prove", "app").out, encoding="utf-8")
    stands = {"ci_id": "app", "state": "not_out", "exact": False}

    assert faultline("check", path).code == 0
    assert faultline("check", changed(path, claim=stands, steps=[], standing=["b", "app"])).code == 1


def test_two_relationships_between_two_cis_have_one_name_at_any_time(faultline: Run, tmp_path: Path) -> None:
    cis = "ci_id,name,ci_class\nvm,vm,virtual_machine\nh,h,host\n"
    related = "source,type,target\nvm,connects_through,h\nvm,runs_on,h\n"
    faultline("import", "inventory", inventory(tmp_path / "in", cis=cis, relationships=related))
    path = tmp_path / "proof.json"
    path.write_text(faultline("impact", "h", "--prove", "vm").out, encoding="utf-8")

    faultline("import", "inventory", inventory(tmp_path / "more", cis="ci_id,name,ci_class\nh2,h2,host\n"))
    later = json.loads(faultline("impact", "h", "--prove", "vm").out)

    assert faultline("check", path).code == 0
    assert later["steps"] == json.loads(path.read_text(encoding="utf-8"))["steps"]


def test_a_proof_of_many_steps_is_a_line_for_each(
    faultline: Run, proof: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "STEPS", 2)
    lines = tmp_path / "lines"
    lines.write_text(faultline("impact", "db-1", "--prove", "svc-claims").out, encoding="utf-8")

    assert len(lines.read_text(encoding="utf-8").splitlines()) == 4
    assert faultline("check", lines, "--json").json["steps_checked"] == 3


def test_who_may_only_read_can_prove_and_check(faultline: Run, proof: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("store.not_written", written=0, given=1, action="put", kind="ci")

    monkeypatch.setattr(Store, "bookkeep", refuse)

    assert faultline("impact", "db-2", "--prove", "svc-policy").code == 0
    assert faultline("check", proof).code == 0


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
    monkeypatch.setattr(certificates, "MOST", 30)  # values of a line; small ones take the most memory
    assert faultline("check", lines).code == 0
    assert faultline("check", proof, "--json").json["error"]["key"] == "certificate.too_many"
    monkeypatch.setattr(certificates, "MOST", 3_000)
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

    validated("check", checked.json)
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
        ('{"affected": []}', "certificate.malformed"),
        ('{"affected": [5]}', "certificate.malformed"),
        ('{"affected": [{"ci_id": "x", "certificate": 5}]}', "certificate.malformed"),
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
    assert faultline("check", tmp_path / "nowhere", "--json").json["error"]["key"] == "certificate.unopened"


def test_proving_the_state_of_nobody_is_refused(faultline: Run, proof: Path) -> None:
    assert faultline("impact", "db-1", "--prove", "nobody").code == 2
