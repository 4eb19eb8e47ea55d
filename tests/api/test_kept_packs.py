"""Packs of evidence that were made once, and that every later version must still verify.

`packs/` holds the pack of a change of `examples/insurer`, and the same in the form before certificates. They are never
written anew: what no longer verifies them has broken a promise.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run
from tests.schemas import validated

FOLDER = Path(__file__).parent / "packs"
HASH = "fe3:a971aed447c1cbef287597d4998a156103a48b20d3ebca4dd333177563ef310e-b54343b909240b3fa527de31a"
SEAL = "630fce654275be0b7e783b0663ffae8d656189ed3f91790bafb789f01ba9f0dc"


@pytest.mark.parametrize(
    ("name", "form"), [("with_certificates", None), ("without_certificates", "without_certificates")]
)
def test_a_pack_of_an_earlier_version_verifies(name: str, form: str | None, run: Run) -> None:
    told = run("check", FOLDER / f"{name}.json", "--offline", "--hash", HASH, "--json")

    answer: dict[str, Any] = validated("check", told.json)
    assert (told.code, answer["accepted"], answer.get("form")) == (0, True, form)
    assert answer["claim"] == {"change": "CHG-E01", "verdict": "block", "at": "2026-11-23T18:00:00+08:00"}
    assert answer["steps_checked"] == (40 if form is None else 35)


def test_a_seal_is_known_by_itself(run: Run) -> None:
    assert run("check", FOLDER / "with_certificates.json", "--offline", "--hash", SEAL).code == 0
    assert run("check", FOLDER / "without_certificates.json", "--offline", "--hash", SEAL).code == 1


@pytest.mark.parametrize("name", ["with_certificates", "without_certificates"])
def test_one_byte_of_it_is_not_taken(name: str, run: Run, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    pack = json.loads(text)
    assert pack["answer"]["services"], "there is something to alter"
    file = tmp_path / "pack.json"
    file.write_text(text.replace("db-hexin-1", "db-hexin-3", 1), encoding="utf-8")
    assert run("check", file, "--offline").code == 1
