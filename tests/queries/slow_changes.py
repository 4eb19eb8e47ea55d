"""Changes as the register has them, step by step on copies of it: what their edits make of the groups of each CI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph.records.edits import Add, EditGroup, Regroup, Relate, Retire, Unrelate
from tests.oracles import Estate, Group
from tests.queries.slow_conflicts import Conflicts, Lineage, Work, slow_conflicts
from tests.queries.slow_proposed import DEAD, World, slow_steps

ONCE = "|"  # behind an id: the CI as it is in groups of before somebody retires it


@dataclass(frozen=True)
class SlowChange:
    """A change, or an open incident: from `start` to `end` (`None`: open), in hours."""

    name: str
    start: int
    end: int | None
    affected: Mapping[str, str]
    groups: tuple[EditGroup, ...] = ()
    is_change: bool = True


@dataclass(frozen=True)
class SlowSchedule:
    """Works on a graph in numbers; `names` of them; `refused`: groups of edits that do not apply, by change."""

    estate: Estate
    works: Sequence[Work]
    names: Sequence[str]
    refused: frozenset[tuple[str, int]]

    def conflicts(self, begin: int, end: int, order: int) -> dict[tuple[str, frozenset[str]], tuple[object, set[str]]]:
        """All that can be seen, with the CIs by id."""
        hidden = frozenset(at for at, name in enumerate(self.names) if name.endswith(ONCE))
        found: Conflicts = slow_conflicts(self.estate, self.works, begin, end, order, hidden)
        return {key: (spans, {self.names[ci] for ci in cis}) for key, (spans, cis) in found.items()}


def slow_schedule(world: World, changes: Sequence[SlowChange]) -> SlowSchedule:
    """Edits apply by planned start, then id, each to the register as those before left it.

    Whose own relationships are edited has groups of before and of after; those of before hold a CI that is retired
    later as it was (`ONCE`). Whoever is not edited rests on the retired CI all along.
    """
    steps = _Steps([world], [""])
    for change in sorted(changes, key=lambda each: (each.start, each.name)):
        for number, group in enumerate(change.groups):
            steps.switch(change.name, number, group)
    ids = sorted({ci for each in steps.worlds for ci in each.cis if each.is_live(ci)})
    names = [*ids, *(ci + ONCE for ci in sorted(steps.retired))]
    numbered = {name: at for at, name in enumerate(names)}
    groups: dict[int, dict[str, Group]] = {}
    edits: dict[str, dict[Lineage, list[Group | None]]] = {change.name: {} for change in changes}
    for name, ci in numbered.items():
        rows = steps.rows(name, numbered)
        groups[ci] = rows[0]
        for had, has, editor in zip(rows, rows[1:], steps.who[1:], strict=False):
            for lineage in sorted(had.keys() | has.keys()):
                if had.get(lineage) != has.get(lineage):
                    edits[editor].setdefault((ci, lineage), []).append(has.get(lineage))
    works = [_work(change, edits[change.name], numbered, steps) for change in changes]
    return SlowSchedule(Estate(len(names), groups, {}), works, names, frozenset(steps.refused))


@dataclass
class _Steps:
    """The register before, and after each group of edits; `who` made the step; `retired`: by which step, by CI."""

    worlds: list[World]
    who: list[str]
    refused: set[tuple[str, int]] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    retired: dict[str, int] = field(default_factory=dict)

    def switch(self, name: str, number: int, group: EditGroup) -> None:
        """One more group of edits of a change."""
        (before, after), fails = slow_steps(self.worlds[-1], (group,))
        self.refused |= {(name, number)} if fails else set()
        self.edited |= set() if fails else _edited(group, before, after)
        self.retired |= dict.fromkeys(after.by_change - before.by_change, len(self.worlds))
        self.worlds.append(after)
        self.who.append(name)

    def rows(self, name: str, numbered: Mapping[str, int]) -> list[dict[str, Group]]:
        """The groups that a CI has at each step; as it was before it is retired, until then."""
        own = name.removesuffix(ONCE)
        ever = self.retired if own in self.edited else {}
        last = self.retired[own] if name.endswith(ONCE) else len(self.worlds)
        return [_row(world, own, numbered, ever) for world in self.worlds[:last]]

    def retired_by(self, name: str) -> set[str]:
        """What a change retires."""
        return {ci for ci, at in self.retired.items() if self.who[at] == name}


def _edited(group: EditGroup, before: World, after: World) -> set[str]:
    found = set()
    for edit in group.edits:
        match edit:
            case Relate(source) | Unrelate(source):
                found.add(source)
            case Regroup(ci_id) | Add(ci_id) | Retire(ci_id):
                found.add(ci_id)
    differing = before.related.keys() ^ after.related.keys()
    return found | {source for source, _, _ in differing}


def _row(world: World, ci_id: str, numbered: Mapping[str, int], retired: Mapping[str, int]) -> dict[str, Group]:
    def number(member: str) -> int:
        if member.endswith(DEAD):
            return numbered[member.removesuffix(DEAD)]
        return numbered[member + ONCE if member in retired else member]

    row, _ = world.row(ci_id)
    return {
        name: (tuple(sorted(number(str(member)) for member in members)), needed, feeds)
        for name, (members, needed, feeds) in row.items()
    }


def _work(
    change: SlowChange, edits: Mapping[Lineage, Sequence[Group | None]], numbered: Mapping[str, int], steps: _Steps
) -> Work:
    seeds = {
        numbered[name]: effect
        for ci_id, effect in change.affected.items()
        for name in (ci_id, ci_id + ONCE)
        if name in numbered
    }
    seeds |= {numbered[ci]: "retire" for ci in steps.retired_by(change.name)}
    named = frozenset(numbered[ci] for ci in _touched(change.groups) if ci in numbered)
    return Work(change.name, change.start, change.end, seeds, edits, change.is_change, named)


def _touched(groups: Sequence[EditGroup]) -> set[str]:
    edits = [edit for group in groups for edit in group.edits]
    return {edit.source if isinstance(edit, Relate | Unrelate) else edit.ci_id for edit in edits}
