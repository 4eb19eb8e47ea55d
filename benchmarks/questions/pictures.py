"""Pictures of the explorer: 5,000 boxes put in their places, a view with as many elements as are drawn, the whole."""

import numpy as np

from benchmarks.estates import LayeredEstate
from benchmarks.figures import OURS, Bench, repeated
from benchmarks.warm_start import estate_of
from graph.estate import Estate
from graph.ontology import load_ontology
from graph.topology import Topology
from queries.exploring import Beside, explore
from queries.folding import Traits, folded
from queries.lanes import layout
from queries.picture import Picture, Question, View
from queries.views import around, pairs_among

BOXES = 5_000
EVERY = 10**6  # of a lane, or in all: nothing is folded


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says."""
    made, ontology = estate_of(estate, topology), load_ontology()
    _layout(bench, made)

    def picture(question: Question) -> Picture:
        found = explore(made, ontology, question, Beside())
        _ = found.layout, found.hidden
        return found

    backbone = made.ids[estate.backbone]
    largest = Question(View.NEIGHBOURHOOD, [backbone], hops=None, per_lane=EVERY)
    found = picture(largest)
    bench.timed("picture.largest", OURS, repeated(lambda: picture(largest)), elements=found.boxes.elements)
    whole = Question(View.QUERY)
    bench.timed("picture.whole", OURS, repeated(lambda: picture(whole)), total=picture(whole).total)


def _layout(bench: Bench, made: Estate) -> None:
    rng = np.random.default_rng(17)
    cis = np.sort(rng.choice(made.topology.n, min(BOXES, made.topology.n), replace=False)).astype(np.int32)
    # what is near each other is related: a part of the estate and not a sprinkle of it
    near = around(made, [int(cis[0])], up=True, down=True).cis
    cis = np.unique(np.concatenate([near[:BOXES], cis]))[:BOXES].astype(np.int32)
    pairs = pairs_among(made, cis)
    lane = (made.class_code[cis] % 10).astype(np.int32)
    rank = np.arange(len(cis), dtype=np.int32)
    traits = Traits(lane, made.class_code[cis].astype(np.int32), rank, np.zeros(len(cis), np.bool_))
    state = np.zeros(len(cis), np.uint8)

    def place() -> object:
        boxes = folded(pairs, traits, per_lane=EVERY, most=EVERY)
        return layout(boxes, state, rank)

    bench.timed("picture.layout", OURS, repeated(place), boxes=len(cis), links=len(pairs))
