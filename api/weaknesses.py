"""What a service hangs on, with what the register knows beside the graph: which releases its members run."""

from collections.abc import Mapping
from dataclasses import replace

from api.register import Register
from graph.estate import Estate
from graph.store.tables import related
from queries.impact import EffectWord
from queries.weak_points import WeakPoints, weak_points


def weaknesses(register: Register, estate: Estate, ci_id: str, seeds: Mapping[str, EffectWord]) -> WeakPoints:
    """The weak points of a service, or any other CI, beside seeds that are given anyway.

    Products are no providers: which release a CI runs is read from the register, for members of groups only. Raises
    BadInputError as `weak_points`.
    """
    found = weak_points(estate, ci_id, seeds)
    ids = [estate.ids[ci] for ci in found.members()]
    releases: dict[int, list[int]] = {}
    for source, _, target in related(register.store, ids, ["contains_release"], revision=estate.revision):
        ci, release = estate.find(source), estate.find(target)
        if ci is not None and release is not None:
            releases.setdefault(ci, []).append(release)
    return replace(found, releases=releases)
