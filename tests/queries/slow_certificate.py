"""Whether a certificate proves its claim, straight from SEMANTICS 2 on the slow graph: the oracle of the checker.

The ids are those of `named_estate`: CI 3 is `ci-3`, a group `组0` or `type|target`, a feeding relationship `runs_on`.
Beside the rules it holds to the form: a CI has one step, and what is not out has none.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.graph.estates import Drawn
from tests.oracles import without_source

Plain = Mapping[str, Any]
LEVELS = {"not_out": 0, "at_risk": 1, "degraded": 2, "outage": 3}
GROUNDS = {"soft_provider_out": 3, "provider_degraded": 2, "provider_at_risk": 1}


class Wrong(Exception):  # noqa: N818 - it is no error of ours
    """The certificate proves nothing."""


class _Group(NamedTuple):
    name: str
    members: Mapping[str, str]  # CI → relationship
    needed: int
    feeds: bool


def proves(plain: Plain, drawn: Drawn) -> bool:
    """Whether it does; of one whose form is right."""
    try:
        _Proof(plain, drawn).judge()
    except Wrong:
        return False
    return True


class _Proof:
    def __init__(self, plain: Plain, drawn: Drawn) -> None:
        self.plain, self.drawn = plain, drawn
        self.ids = {f"ci-{ci}" for ci in range(drawn.n)}
        self.excused = {f"ci-{ci}" for ci in without_source(drawn.estate)}
        self.seeds = {seed["ci_id"]: seed["effect"] for seed in plain["seeds"]}
        self.known: dict[str, int] = {}

    def judge(self) -> None:
        plain, claim = self.plain, self.plain["claim"]
        ci, state, steps = claim["ci_id"], claim["state"], plain["steps"]
        self.must(not plain["edits"], len(self.seeds) == len(plain["seeds"]), {*self.seeds, ci} <= self.ids)
        self.must(not steps if state == "not_out" else bool(self.seeds))
        for step in steps:
            self.take(step)
        standing = plain["standing"]
        if standing is not None:
            self.stands(standing)
        self.must(self.known.get(ci, 0) >= LEVELS[state])
        if state == "not_out" or (claim["exact"] and state != "outage"):
            self.must(standing is not None and ci in standing)
        if claim["exact"] and state == "at_risk":
            self.must(ci not in self.seeds, all(provider in standing for _, provider, _ in self.edges(ci)))

    def must(self, *conditions: bool) -> None:
        if not all(conditions):
            raise Wrong

    # --- steps -------------------------------------------------------------------------------------------------------

    def take(self, step: Plain) -> None:
        fallen = step["set"] if step["rule"] == "no_source" else [step]
        together = [each["ci_id"] for each in fallen]
        self.must(0 < len(together) == len(set(together)), set(together) <= self.ids - self.known.keys())
        levels = [self.level(each, step["rule"], set(together)) for each in fallen]
        self.known.update(zip(together, levels, strict=True))

    def level(self, step: Plain, rule: str, together: set[str]) -> int:
        ci = step["ci_id"]
        if rule == "seed":
            self.must(self.seeds.get(ci) == step["effect"])
            return 2 if step["effect"] == "degraded" else 3
        if rule in GROUNDS:
            provider = step["provider"]
            cited = provider["relationship"], provider["ci_id"]
            edges = [(name, other) for name, other, soft in self.edges(ci) if soft or rule != "soft_provider_out"]
            self.must(cited in edges, self.known.get(provider["ci_id"], 0) >= GROUNDS[rule])
            return 2 if rule == "soft_provider_out" else 1
        fitting = [group for group in self.groups(ci) if self.fits(group, step, rule)]
        self.must(bool(fitting))
        lost, group = [cited["ci_id"] for cited in step["lost"]], fitting[0]
        wanted = 1 if rule == "redundancy_lost" else len(group.members) - group.needed + 1
        falling = together if rule == "no_source" else set()
        self.must(len(lost) == len(set(lost)) == wanted)
        self.must(all(self.known.get(each) == 3 or each in falling for each in lost))
        if rule == "no_source":
            self.must(ci not in self.excused)
        if rule == "redundancy_lost":
            self.must(0 <= step["margin"] < len(group.members) - group.needed)
            return 2
        return 3

    def fits(self, group: _Group, step: Plain, rule: str) -> bool:
        said = step["group"], step["members"], step["needed"]
        cited = {(each["ci_id"], each["relationship"]) for each in step["lost"]}
        return (
            said == (group.name, len(group.members), group.needed)
            and cited <= set(group.members.items())
            and (rule != "no_source" or group.feeds)
            and (rule not in ("group_broken", "provider_out") or (rule == "provider_out") == (len(group.members) == 1))
        )

    # --- what is not out ---------------------------------------------------------------------------------------------

    def stands(self, standing: list[str]) -> None:
        self.must(len(set(standing)) == len(standing), set(standing) <= self.ids)
        for at, ci in enumerate(standing):
            self.must(self.seeds.get(ci, "degraded") == "degraded")
            for group in self.groups(ci):
                self.must(len(group.members.keys() & set(standing)) >= group.needed)
                if group.feeds and ci not in self.excused:
                    feeding = set(standing[:at]) | (set(standing) & self.excused)
                    self.must(len(group.members.keys() & feeding) >= group.needed)

    # --- the graph ---------------------------------------------------------------------------------------------------

    def groups(self, ci_id: str) -> list[_Group]:
        found = []
        for name, (members, needed, feeds) in self.drawn.estate.groups.get(number(ci_id), {}).items():
            kind = "runs_on" if feeds else "depends_on"
            known = f"{kind}|ci-{members[0]}" if name.startswith("plain") else f"组{name.removeprefix('g')}"
            ends = {f"ci-{member}": f"{ci_id}|{kind}|ci-{member}" for member in members}
            found.append(_Group(known, ends, needed, feeds))
        return found

    def edges(self, ci_id: str) -> list[tuple[str, str, bool]]:
        hard = [(name, ci, False) for group in self.groups(ci_id) for ci, name in group.members.items()]
        soft = self.drawn.estate.soft.get(number(ci_id), frozenset())
        return [*hard, *((f"{ci_id}|depends_on|ci-{ci}", f"ci-{ci}", True) for ci in soft)]


def number(ci_id: str) -> int:
    """Of a CI of `named_estate`."""
    return int(ci_id.removeprefix("ci-"))
