"""The life cycle is data: an organisation's file is used instead, and what does not fit together is refused by name."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from api.access.roles import roles
from graph.errors import BadInputError
from graph.lifecycle import Lifecycle, lifecycle_from, load_lifecycle
from graph.ontology import load_ontology

TEXT = (resources.files("graph.lifecycle") / "data" / "default.toml").read_text(encoding="utf-8")
ROLES = frozenset(roles().below)


def read(text: str) -> Lifecycle:
    return lifecycle_from(text, load_ontology(), ROLES)


def test_the_life_cycle_of_the_package_covers_the_standard() -> None:
    found = read(TEXT)

    assert found.id == "default@1"
    assert set(found.categories) == {"emergency", "major", "standard", "simple"}  # R11.2a
    assert {step.to for step in found.steps if step.decides} >= {"approved", "rejected"}  # R11.2c
    for category in found.categories:
        assert found.step("review", "implemented", category), "R11.2h: every change is reviewed"
        assert found.step("back_out", "implementing", category), "R11.2e: every change can be backed out"
    major = found.step("assess", "submitted", "major")
    assert major is not None
    assert {need.partition(".")[2] for need in major.needs if "." in need} == {
        "risk", "technical", "business", "financial", "capacity", "security",
    }  # fmt: skip
    emergency = [step.starts for step in found.steps if step.decides == "approved" and "emergency" in step.categories]
    assert any("implemented" in starts for starts in emergency), "an emergency change is approved afterwards"


def test_an_organisation_changes_the_file_and_not_the_code(tmp_path: Path) -> None:
    (file := tmp_path / "ours.toml").write_text(
        TEXT.replace('name = "default"', 'name = "ours"')
        .replace("version = 1", "version = 7")
        .replace('from = ["approved"]\nto = "scheduled"\nroles = ["requester"]',
                 'from = ["approved"]\nto = "scheduled"\nroles = ["auditor"]'),
        encoding="utf-8",
    )  # fmt: skip

    found = load_lifecycle(file, ROLES)

    assert found.id == "ours@7"
    schedule = found.step("schedule", "approved", "major")
    assert schedule is not None
    assert schedule.roles == {"auditor"}


def without(step: str) -> Callable[[str], str]:
    """All of a file but the steps of that name."""
    return lambda text: "[[step]]".join(part for part in text.split("[[step]]") if f'\nid = "{step}"\n' not in part)


def swapped(old: str, new: str) -> Callable[[str], str]:
    assert old in TEXT
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "key", "params"),
    [
        (lambda text: text + "[", "lifecycle.syntax", {}),
        (swapped('name = "default"\n', ""), "lifecycle.entries", {"missing": "name"}),
        (swapped("version = 1", "version = true"), "lifecycle.value", {"entry": "version"}),
        (swapped("version = 1", 'version = 1\ncolour = "red"'), "lifecycle.entries", {"strange": "colour"}),
        (swapped('initial = "draft"', 'initial = "born"'), "lifecycle.value", {"entry": "initial", "value": "born"}),
        (swapped("[category.simple]", "[category.tiny]"), "lifecycle.value", {"value": "tiny"}),
        (swapped("voices = 2", "voices = 0"), "lifecycle.value", {"entry": "category.major.voices"}),
        (swapped('within = "P3D"', 'within = "soon"'), "lifecycle.value", {"entry": "category.emergency.within"}),
        (swapped('within = "P3D"\n', ""), "lifecycle.value", {"entry": "category.emergency.within"}),
        (swapped('roles = ["reviewer"]', 'roles = ["king"]'), "lifecycle.value", {"value": "king"}),
        (swapped('"affected|edits"', '"affected|colour"'), "lifecycle.value", {"value": "colour"}),
        (swapped('sets = { submitted_at = "<now>" }', 'sets = { submitted_at = "<when>" }'), "lifecycle.value",
         {"value": "<when>"}),
        (swapped('to = "assessed"', 'to = "weighed"'), "lifecycle.value", {"value": "weighed"}),
        (swapped('en = "submit", ', ""), "lifecycle.entries", {"missing": "en"}),
        (swapped('notices = ["authority", "owners"]', 'notices = ["everybody"]'), "lifecycle.value",
         {"value": "everybody"}),
        (without("close"), "lifecycle.dead_end", {"status": "reviewed"}),
        (lambda text: without("close")(text).replace('"closed"', '"reviewed"'), "lifecycle.no_way_to_close", {}),
        (swapped('"cancelled", "rejected"]', '"cancelled"]'), "lifecycle.dead_end", {"status": "rejected"}),
        (swapped('"rejected"]', '"rejected", "failed"]'), "lifecycle.final_leads_on", {"status": "failed"}),
        (lambda text: text + '\n[[step]]\nid = "close"\nname = { en = "a", zh = "b" }\nfrom = ["reviewed"]\n'
         'to = "draft"\nroles = ["requester"]\n', "lifecycle.two_steps", {"step": "close", "status": "reviewed"}),
        (without("approve"), "lifecycle.no_way_to_close", {"category": "major"}),
        (lambda text: text + '\n[[step]]\nid = "extra"\nname = { en = "a", zh = "b" }\ncategories = ["standard"]\n'
         'from = ["assessed"]\nto = "draft"\nroles = ["requester"]\n', "lifecycle.unreached", {"step": "extra"}),
        (swapped('decided = "template"', 'decided = "before"'), "lifecycle.no_decision", {"category": "standard"}),
        (swapped('decides = "approved"\n', ""), "lifecycle.no_decision", {"category": "major"}),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused_by_name(
    change: Callable[[str], str], key: str, params: dict[str, str]
) -> None:
    with pytest.raises(BadInputError) as refused:
        read(change(TEXT))

    assert refused.value.message.key == key
    assert params.items() <= refused.value.message.params.items()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (file := tmp_path / "bytes.toml").write_bytes(b"\xff")
    for path in (file, tmp_path / "none.toml"):
        with pytest.raises(BadInputError) as refused:
            load_lifecycle(path, ROLES)
        assert (refused.value.message.key, refused.value.message.params["file"]) == ("lifecycle.unreadable", str(path))
