"""A thousand coming changes: the verdict of one, its window moved, its evidence, and what a writing concerns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from benchmarks.estates import LayeredEstate
from benchmarks.figures import MS, OURS, Bench, each, repeated
from benchmarks.questions.nights import CHANGES, EDITED, fortnight
from benchmarks.seeds import moderate, touched
from benchmarks.written import Written
from graph.canonical import canonical
from graph.ontology import load_ontology
from graph.records.changes import Change
from graph.risk import load_risk_model
from graph.topology import Topology
from queries.evidence import altered
from queries.evidence_proofs import proved
from queries.footprints import Cause, Footprints, footprint_of
from queries.judging import Judging
from queries.planned import Asked
from queries.review import Review
from queries.review_answer import pack_of, plain
from queries.standing import stand_of

ASKED = 40
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says; each change takes one CI out, a tenth have edits."""
    written = Written(estate, topology)
    moves = written.moves("virtual machine", "host", CHANGES // EDITED)
    drawn, windows = fortnight(written, moves)
    seeds = moderate(topology, len(drawn))
    changes = [
        replace(change, affected=((f"ci-{ci}", "outage"),), back_out_plan="D", test_evidence=("D",), assessment="D")
        for change, ci in zip(drawn, seeds, strict=True)
    ]
    kept = written.kept([group for move in moves for group in move])
    asked = Asked(written.estate, load_ontology(), changes, [], AT, kept)
    judging = Judging(asked=asked, windows=windows, zone="UTC", model=load_risk_model(), log_hash="0" * 64)
    some = changes[1 : 1 + ASKED]

    stand_of(judging.review(some[0]))
    timing = each(lambda change: stand_of(judging.review(change)), some)
    bench.timed("coming.verdict", OURS, timing, changes=len(changes))

    whole = [judging.review(change) for change in some[:10]]
    answers = [plain(review) for review in whole]
    bench.timed("coming.answer", OURS, each(lambda change: plain(judging.review(change)), some))
    timing = each(lambda at: canonical(pack_of(whole[at], answers[at])), range(len(whole)))
    bench.timed("coming.pack", OURS, timing)
    packs = [canonical(pack_of(review, answer)) for review, answer in zip(whole, answers, strict=True)]
    assert [_checked(pack) for pack in packs] == [True] * len(packs)
    found = [orjson.loads(pack) for pack in packs]
    size, proofs = max(map(len, packs)), sum(len(pack["certificates"]) for pack in found)
    bench.timed("coming.check", OURS, each(_checked, packs), bytes=size, certificates=proofs)

    timing = each(lambda at: _dragged(whole[at % len(whole)], at), range(ASKED))
    bench.timed("coming.drag", OURS, timing)
    _watched(bench, judging, changes, estate)


def _checked(text: bytes) -> bool:
    pack = orjson.loads(text)
    return not altered(pack) and proved(pack)[1] is None


def _dragged(review: Review, at: int) -> Any:
    change, by = review.change, timedelta(minutes=15 * (at + 1))
    start, end = change.planned_start or AT, change.planned_end or AT
    moved = replace(change, planned_start=start + by, planned_end=end + by)
    return None if review.anew is None else review.anew(review, moved).assessment.verdict


def _watched(bench: Bench, judging: Judging, changes: list[Change], made: LayeredEstate) -> None:
    footprints, by_id = Footprints(), {change.change_id: change for change in changes}
    for change in changes:
        footprints.put(footprint_of(judging.review(change)))
    edges = touched(made)
    ends = [(f"ci-{made.source[edge]}", f"ci-{made.target[edge]}") for edge in edges]
    causes = [Cause(number, "rel", "|".join(some), some) for number, some in enumerate(ends)]
    graph = judging.asked.estate
    near, far = footprints.concerned(causes, graph)
    timing = repeated(lambda: footprints.concerned(causes, graph))
    bench.timed("coming.concerned", OURS, timing, near=len(near), far=len(far))

    def again() -> None:
        found, _ = footprints.concerned(causes, graph)
        begun = [judging.begun(by_id[name]) for name in found]
        judging.share(begun)
        for review in begun:
            stand_of(judging.finished(review))

    timing = repeated(again)
    bench.add("coming.watched", OURS, timing.median * MS, "ms", looked=len(near), **timing.more())
