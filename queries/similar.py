"""Changes like this one that ended before: of the same CIs, the same classes, the same team; how they went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph.estate import Estate
from graph.ontology import Ontology
from graph.records.changes import Change
from queries.past import touched_of


@dataclass(frozen=True, slots=True)
class Similar:
    """A change that ended, and what it shares: CIs (sorted), classes that both touch (sorted), whether the team."""

    change: Change
    cis: tuple[str, ...]
    classes: tuple[str, ...]
    team: bool


def similar(
    ended: Sequence[Change], change: Change, classes: Mapping[str, str], estate: Estate, ontology: Ontology, most: int
) -> list[Similar]:
    """The changes most like this one whose outcome is known.

    Parameters
    ----------
    ended
        Changes that ended; this one among them is left out.
    classes
        By CI that this change touches its class.
    most
        How many at the most.

    Returns
    -------
    list of Similar
        Those that share a CI, most shared ones first; then those that share classes and the team, most classes first;
        of alike ones the later first. One that shares classes alone is like half of all changes, and not told.
    """
    found = []
    mine, names = set(classes), set(classes.values())
    for each in ended:
        if each.outcome is None or each.change_id == change.change_id:
            continue
        touched = touched_of(each, ontology)
        cis = tuple(sorted(mine & touched))
        team = change.team is not None and each.team == change.team
        if not cis and not team:
            continue
        theirs = {estate.class_of(ci) for ci_id in touched if (ci := estate.find(ci_id)) is not None}
        if cis or names & theirs:
            found.append(Similar(each, cis, tuple(sorted(names & theirs)), team))
    return sorted(found, key=_rank)[:most]


def _rank(each: Similar) -> tuple[int, int, bool, float, str]:
    over = each.change.actual_end or each.change.planned_end
    moment = 0.0 if over is None else -over.timestamp()
    return -len(each.cis), -len(each.classes), not each.team, moment, each.change.change_id
