"""The score of a change never falls when it gets worse, and says what it is made of."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.risk import load_risk_model, risk_model_from
from graph.risk.model import LEVELS, REASONS, SEVERITIES
from queries.risk import Circumstance, Past, Reason, ServiceRisk, band_of, factors_of, score_of, verdict_of
from tests.graph.estates import cases

MODEL = load_risk_model()
EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None)
CRITICALITIES = st.sampled_from(["critical", "high", "medium", "low", None])
SERVICES = st.builds(
    ServiceRisk, st.sampled_from(["svc-1", "svc-2", "svc-3"]), st.sampled_from(LEVELS), CRITICALITIES,
    st.one_of(st.none(), st.integers(0, 100_000)),
)  # fmt: skip
PAST = st.integers(0, 50).flatmap(
    lambda n: st.builds(Past, st.sampled_from("abc"), st.integers(0, n), st.just(n))
)  # fmt: skip
KNOWN = st.builds(
    Circumstance,
    st.sampled_from(["emergency", "major", "standard", "simple", None]),
    st.one_of(st.none(), st.integers(1, 100_000)),
    blackouts=st.lists(st.sampled_from("ab")).map(tuple),
    in_conflict=st.dictionaries(st.sampled_from("xyz"), CRITICALITIES),
    missing=st.frozensets(st.sampled_from(["back_out_plan", "test_evidence", "assessment", "approval"])),
    past=st.lists(PAST, max_size=3).map(tuple),
    all_past=st.one_of(st.none(), PAST),
)


def one_each(services: list[ServiceRisk]) -> list[ServiceRisk]:
    return list({each.ci_id: each for each in services}.values())


@pytest.mark.many
@EXAMPLES
@given(st.lists(SERVICES, max_size=3).map(one_each), KNOWN, st.data())
def test_no_factor_falls_when_the_change_gets_worse(
    services: list[ServiceRisk], known: Circumstance, data: st.DataObject
) -> None:
    worse = [replace(each, level=data.draw(st.sampled_from(LEVELS[LEVELS.index(each.level) :]))) for each in services]
    worse += [each for each in data.draw(st.lists(SERVICES, max_size=2).map(one_each))
              if each.ci_id not in {s.ci_id for s in services}]  # fmt: skip
    longer = None if known.duration is None else data.draw(st.one_of(st.none(), st.integers(known.duration, 200_000)))
    then = replace(
        known,
        duration=longer,
        blackouts=(*known.blackouts, *data.draw(st.lists(st.sampled_from("cd")))),
        in_conflict={**data.draw(st.dictionaries(st.sampled_from("uvw"), CRITICALITIES)), **known.in_conflict},
        missing=known.missing | data.draw(st.frozensets(st.sampled_from(["approval"]))),
        past=(*known.past, *data.draw(st.lists(PAST, max_size=2))),
        low_confidence=tuple(data.draw(st.lists(st.sampled_from("ab")))),
    )

    before, after = factors_of(MODEL, services, known), factors_of(MODEL, worse, then)

    for one, other in zip(before, after, strict=True):
        assert one.contribution <= other.contribution, one.id
    assert score_of(before) <= score_of(after) <= 100


def test_factors_say_value_weight_and_records() -> None:
    services = [ServiceRisk("svc-1", "outage", "critical", 3600), ServiceRisk("svc-2", "affected", "low", None)]
    known = Circumstance(
        "major", 7200, missing=frozenset({"back_out_plan"}), all_past=Past("*", 10, 100), past=(Past("db-1", 3, 10),)
    )

    found = {factor.id: factor.plain() for factor in factors_of(MODEL, services, known)}

    assert found["services"]["value"] == 4 * 4 + 0.5 * 1
    assert (found["duration"]["value"], found["duration"]["records"]) == (2.0, ["svc-1"])
    assert found["past_failures"]["value"] == round((3 + 10 * 0.1) / 20, 6)
    assert (found["back_out_plan"]["contribution"], found["test_evidence"]["contribution"]) == (8.0, 0.0)


def test_what_cannot_be_measured_counts_as_the_model_says() -> None:
    known = Circumstance(None, None)

    found = {factor.id: factor for factor in factors_of(MODEL, [ServiceRisk("svc-1", "affected", None, None)], known)}

    assert (found["duration"].unknown, found["duration"].value) == (True, MODEL.past["longest_ratio"])
    assert (found["past_failures"].unknown, found["past_failures"].value) == (True, 0.1)
    assert found["category"].unknown


def test_the_verdict_is_the_worst_of_its_reasons() -> None:
    review, block = Reason("open_end", {}, "review"), Reason("blackout_hit", {}, "block")

    assert (verdict_of([]), verdict_of([review]), verdict_of([block, review])) == ("pass", "review", "block")
    assert [band_of(MODEL, score) for score in (0, 24.9, 25, 50, 100)] == ["low", "low", "medium", "high", "high"]


def entry(text: str, table: str, line: str) -> str:
    return text.replace(f"[{table}]\n", f"[{table}]\n{line}\n", 1)


def text_of(model: Any) -> str:
    def table(name: str) -> str:
        rows = "\n".join(f"{key} = {value!r}".replace("'", '"') for key, value in getattr(model, name).items())
        return f"[{name}]\n{rows}\n"

    names = ("weights", "levels", "criticality", "category", "when_unknown", "past", "bands", "severities")
    return f'name = "{model.name}"\nversion = {model.version}\n' + "".join(map(table, names))


def test_a_model_is_read_as_it_is_written() -> None:
    assert risk_model_from(text_of(MODEL)) == MODEL
    assert set(MODEL.severities) == set(REASONS)
    assert set(MODEL.severities.values()) <= set(SEVERITIES)
    assert MODEL.id == "default@1"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("name = ", "risk.syntax"),
        ('name = "x"', "risk.entries"),
        (entry(text_of(MODEL), "weights", "strange = 1.0"), "risk.entries"),
        (text_of(MODEL).replace("blackout = 30.0", "blackout = -1.0"), "risk.value"),
        (text_of(MODEL).replace("blackout = 30.0", "blackout = inf"), "risk.value"),
        (text_of(MODEL).replace("blackout = 30.0", "blackout = true"), "risk.value"),
        (text_of(MODEL).replace('open_end = "review"', 'open_end = "maybe"'), "risk.value"),
        (text_of(MODEL).replace("version = 1", "version = 0"), "risk.value"),
        (text_of(MODEL).replace("outage = 4.0", "outage = 0.1"), "risk.order"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(text: str, key: str) -> None:
    with pytest.raises(BadInputError) as refused:
        risk_model_from(text)

    assert refused.value.message.key == key
