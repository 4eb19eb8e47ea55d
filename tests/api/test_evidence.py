"""The evidence of a decision: whole or not without a register, and the same again at its revision, on either engine."""

import copy
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access.changes import create_first_token
from api.certificates import verified
from api.evidence import examined
from api.register import Register, open_register, open_restoring
from graph.canonical import canonical
from graph.errors import BadInputError
from graph.ontology import load_ontology
from graph.settings import Settings
from graph.store.audit import verify
from graph.store.backup import back_up
from graph.store.restore import check
from queries.certified import Certified
from queries.evidence import altered, said_otherwise, sealed
from queries.graph_part import part_hash
from tests.api.command import Run, environment
from tests.api.house import House, assessed
from tests.engines import Database, host, written
from tests.schemas import validated

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]


@pytest.fixture
def decided(house: House) -> House:
    """A change that was approved, though it meets another one."""
    assessed(house, "CHG-1")
    assessed(house, "CHG-2", affected=[{"ci_id": "db-2"}])
    assert house.decides("bob", "CHG-1")["decided"] == "APPROVED"
    return house


def pack_of(register: Register) -> Any:
    (kept,) = register.store.rows("record_all", kind="evidence")
    return json.loads(kept["p"]["pack"])


def proofs_of(pack: Any) -> Certified:
    return Certified(pack["certificates"], pack["part"], pack["unproved"])


def leaves(found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every value of a document stands."""
    if isinstance(found, dict | list):
        for key, each in found.items() if isinstance(found, dict) else enumerate(found):
            yield from leaves(each, (*path, key))
    else:
        yield path


def with_other(pack: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(pack)
    at = changed
    for key in path[:-1]:
        at = at[key]
    was = at[path[-1]]
    at[path[-1]] = f"{was}x" if isinstance(was, str) else (not was if isinstance(was, bool) else "other")
    return changed


def test_whatever_is_altered_is_named_without_a_register(decided: House) -> None:
    pack = pack_of(decided.register)
    assert altered(pack) == []
    assert examined(pack, None).accepted

    for path in leaves(pack):
        named = altered(with_other(pack, path))
        where = ".".join(map(str, path[1:3] if path[0] == "digests" else path[:2]))
        whole = {"format": "hash", "hash": "hash", "log": "seal", "seal": "seal", "unproved": "seal"}
        assert whole.get(path[0], where) in named, path
    for part in ("question", "answer"):
        for name in pack[part]:
            shorter = {**pack, part: {key: each for key, each in pack[part].items() if key != name}}
            assert altered(shorter), (part, name)
        without = {**pack, "digests": {key: each for key, each in pack["digests"].items() if key != part}}
        with pytest.raises(BadInputError):
            altered(without)
    assert altered({**pack, "more": 1}) == ["more"]


def earlier(pack: Any) -> Any:
    """As packs were before they had certificates."""
    kept = {name: each for name, each in pack.items() if name not in ("certificates", "part", "unproved")}
    kept["digests"] = {part: pack["digests"][part] for part in ("question", "answer")}
    sealed_of = canonical([kept["hash"], kept["log"]])
    return {**kept, "seal": hashlib.sha256(sealed_of).hexdigest()}


def test_a_pack_from_before_certificates_is_told_as_one_and_verified_as_far_as_it_goes(
    decided: House, tmp_path: Path, run: Run
) -> None:
    pack = earlier(pack_of(decided.register))
    assert altered(pack) == []
    found = examined(pack, decided.register)
    assert validated("check", found.plain())["form"] == "without_certificates"
    assert (found.accepted, found.asked, found.steps) == (True, True, 0)
    for path in leaves(pack):
        assert altered(with_other(pack, path)), path
    # what is left of one with certificates is none: its digests and its seal say so
    newer = pack_of(decided.register)
    stripped = {name: each for name, each in newer.items() if name not in ("certificates", "part", "unproved")}
    assert set(altered(stripped)) == {"digests.certificates", "digests.part", "seal"}
    with pytest.raises(BadInputError):
        altered({name: each for name, each in newer.items() if name != "certificates"})

    file = tmp_path / "pack.json"
    file.write_text(json.dumps(pack), encoding="utf-8")
    told = run("check", file, "--offline")
    assert told.code == 0
    assert "only its hash can be verified" in told.out
    file.write_text(json.dumps({**pack, "answer": {**pack["answer"], "verdict": "pass"}}), encoding="utf-8")
    refused = run("check", file, "--offline")
    assert (refused.code, "answer.verdict" in refused.out) == (1, True)


def test_the_register_comes_to_the_same_at_its_revision_whatever_came_later(decided: House, tmp_path: Path) -> None:
    pack = pack_of(decided.register)
    steps = sum(len(each["steps"]) for each in pack["certificates"])
    written(decided.register.store, [host("h-1")])
    decided.saves(change_id="CHG-3", affected=[{"ci_id": "app"}])

    assert examined(pack, decided.register).plain() == {
        "accepted": True, "kind": "evidence", "revision": pack["answer"]["revision"],
        "claim": {"change": "CHG-1", "verdict": "block", "at": pack["answer"]["at"]},
        "steps_checked": len(pack["question"]) + len(pack["answer"]) + steps,
        "recomputed": True, "bad_step": None,
    }  # fmt: skip


def test_after_a_restore_into_the_other_engine_it_is_the_same_evidence(
    decided: House, database: Database, other_database: Database, tmp_path: Path
) -> None:
    pack, file = pack_of(decided.register), tmp_path / "backup"
    with file.open("wb") as written_to:
        back_up(decided.register.store, written_to)
    other_database.wipe()
    settings = Settings.from_environment(environment(other_database, tmp_path / "other"))
    with open_restoring(settings) as restoring, file.open("rb") as read:
        restoring.restore(read, check(read, load_ontology()))
    with open_register(settings) as register:
        assert verify(register.store).ok
        assert examined(pack, register).accepted
        forged = copy.deepcopy(pack)
        forged["answer"]["verdict"] = "pass"
        found = examined(forged, register)
        assert (found.accepted, found.plain()["bad_step"]["params"]) == (False, {"where": "answer.verdict, hash"})


def test_the_command_line_prints_it_and_checks_it(decided: House, run: Run, monkeypatch: pytest.MonkeyPatch,
                                                  tmp_path: Path, database: Database) -> None:  # fmt: skip
    for name, value in environment(database, decided.register.settings.data_dir).items():
        monkeypatch.setenv(name, value)
    printed = run("changes", "evidence", "CHG-1")
    assert (printed.code, printed.json["hash"]) == (0, pack_of(decided.register)["hash"])
    (file := tmp_path / "pack.json").write_text(printed.out, encoding="utf-8")

    assert run("check", file).code == 0
    whole = run("check", file, "--json", "--offline")
    assert (whole.code, validated("check", whole.json)["recomputed"]) == (0, False)
    (bad := tmp_path / "bad.json").write_text(printed.out.replace('"block"', '"pass"', 1), encoding="utf-8")
    rejected = run("check", bad, "--json")
    assert (rejected.code, validated("check", rejected.json)["accepted"]) == (1, False)
    assert run("changes", "evidence", "CHG-2").code == 2
    (other := tmp_path / "other.json").write_text("{}", encoding="utf-8")
    assert run("check", other, "--offline").code == 2
    (broken := tmp_path / "broken.json").write_bytes(canonical({"format": "faultline.evidence/1"}))
    assert run("check", broken, "--offline").code == 2


def test_a_pack_that_is_damaged_says_where_and_one_that_was_made_up_needs_the_hash(
    decided: House, run: Run, tmp_path: Path
) -> None:
    pack = pack_of(decided.register)
    text = canonical(pack).decode()

    def checked(content: str, *more: str) -> Any:
        (file := tmp_path / "pack.json").write_text(content, encoding="utf-8")
        return run("check", file, "--offline", *more)

    for broken in (text[:-20], text + "}", text.replace(":", "", 1)):
        told = checked(broken)
        assert (told.code, "line 1, column" in told.err) == (2, True), told.err
    for name in ("format", "hash"):
        told = checked("{" + f'"{name}":"x",' + text[1:])
        assert (told.code, f"{name} is there twice" in told.err) == (2, True), told.err
    told = checked(text.replace('"verdict":', '"verdict":"pass","verdict":', 1))
    assert (told.code, "verdict is there twice" in told.err) == (2, True)
    # whoever writes all of it anew makes it fit together: then only the hash that was noted tells
    made_up = sealed({**pack, "answer": {**pack["answer"], "score": 0.0}}, pack["log"]["hash"], proofs_of(pack))
    whole = checked(canonical(made_up).decode())
    assert (whole.code, "--hash" in whole.out) == (0, True)
    assert checked(canonical(made_up).decode(), "--hash", pack["hash"]).code == 1
    assert checked(text, "--hash", f" {pack['hash']} ").code == 0


def test_what_a_decision_rests_on_is_read_from_the_text_alone() -> None:
    one = "fe3:" + "0" * 64 + "-p" + "a" * 12 + "b" * 12
    assert said_otherwise(one, one.replace("0", "1")) == []
    assert said_otherwise(one, one.replace("-p", "-b")) == ["verdict"]
    assert said_otherwise(one, one.replace("a" * 12, "c" * 12)) == ["services"]
    assert said_otherwise(one, one.replace("b" * 12, "c" * 12)) == ["conflicts"]
    for forged in ("", "fe3:", "x" * 100, one[:-1], one + "0"):
        assert said_otherwise(forged, one) == ["verdict", "services", "conflicts"]


EVIDENCE_OF = """query($change: String!) { change(changeId: $change) { voices { decidedBy evidence } } }"""


def test_whoever_may_read_reviews_is_given_the_pack_to_the_byte_and_limited_ones_are_not(decided: House) -> None:
    (kept,) = decided.register.store.rows("record_all", kind="evidence")
    (voice,) = decided.asks("eve", EVIDENCE_OF, change="CHG-1")["voices"]
    assert voice["evidence"] == kept["p"]["pack"]
    token = create_first_token(decided.register.access, "lim", ["viewer"], {"ci_class": ["application"]}, "1d", "x")[0]
    refused = decided.web.post(
        "/graphql", json={"query": EVIDENCE_OF, "variables": {"change": "CHG-1"}},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert "db-1" not in refused.text, refused.text
    assert refused.json()["errors"][0]["extensions"]["key"] == "server.not_scoped"


def test_a_forged_certificate_is_refused_offline_at_its_step_and_only_the_seal_tells_of_a_smaller_graph(
    decided: House, run: Run, tmp_path: Path
) -> None:
    pack = pack_of(decided.register)
    assert [each["claim"]["ci_id"] for each in pack["certificates"]] == ["svc"]

    def checked(found: Any, *more: str) -> Any:
        (file := tmp_path / "pack.json").write_bytes(canonical(found))
        return run("check", file, "--offline", *more)

    whole = checked(pack)
    assert (whole.code, "no other members" in whole.out, pack["seal"] in whole.out) == (0, True, True)
    (name,) = pack["part"]

    def with_members(needed: int, members: int) -> Any:
        found = copy.deepcopy(pack)
        groups = found["part"][name]["groups"]
        (group,) = (each for each in groups if each["group"] == "db")
        group["needed"], group["members"] = needed, group["members"][:members]
        (made,) = found["certificates"]
        made["graph_hash"] = part_hash(found["part"][name])
        return found, next(step for step in made["steps"] if step.get("group") == "db")

    def again(found: Any) -> Any:
        return sealed({**found}, found["log"]["hash"], proofs_of(found))

    # a group that would stand, beside a step that says it broke
    standing, _ = with_members(2, 2)
    standing["certificates"][0]["steps"][2]["needed"] = 1
    told = checked(again(standing), "--json")
    bad = validated("check", told.json)["bad_step"]
    assert (told.code, bad["index"], bad["key"]) == (1, 2, "certificate.other_quorum")
    assert bad["params"]["where"] == "certificates.0"
    said = checked(again(standing))
    assert "certificates.0" in said.out
    # what is left out of certificate and part alike fits together: the seal that was noted, or the register, tells
    smaller, step = with_members(1, 1)
    step |= {"members": 1, "rule": "provider_out", "lost": [each for each in step["lost"] if each["ci_id"] == "db-1"]}
    made = again(smaller)
    assert checked(made).code == 0
    assert checked(made, "--hash", pack["hash"]).code == 0
    assert checked(made, "--hash", pack["seal"]).code == 1
    assert checked(pack, "--hash", pack["seal"]).code == 0
    online = examined(made, decided.register)
    assert online.problem is not None
    assert online.problem.params["where"] == f"certificates.0, part.{name}"
    # by itself a certificate of a pack is none of the register's graph
    (file := tmp_path / "one.json").write_bytes(canonical(pack["certificates"][0]))
    alone = verified(decided.register, file).checked
    assert alone.bad_step is not None
    assert alone.bad_step.message.key == "certificate.of_part"
