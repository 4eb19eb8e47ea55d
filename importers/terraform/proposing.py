"""A plan as a proposed change: affected CIs with their effects, and what it does that no CI is affected by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.records.proposed import FORMAT
from importers.terraform.addresses import id_of, visible
from importers.terraform.matching import NO_CI, Match, Register, matches_of
from importers.terraform.plan import Plan
from importers.terraform.plan_map import PlanMap

WORSE = ("degraded", "outage", "retire")  # of two effects on one CI the later one counts
KINDS = ("update", "replace", "delete", "deposed", "other", "create", "moved", "forget", "read", "unchanged")


@dataclass(frozen=True, slots=True)
class PlanChange:
    """`document`: of form `faultline.change/1`. `matches`: of the resource changes that affect something."""

    plan: Plan
    plan_map: PlanMap
    matches: Sequence[Match]
    document: Mapping[str, Any]

    def plain(self, *, limit: int) -> dict[str, Any]:
        """What the plan does, as JSON: everything counted, so many resources listed, those without a CI first."""
        kinds = Counter(each.kind for each in self.plan.changes)
        listed = sorted(self.matches, key=lambda match: not match.is_open)
        return {
            "format_version": self.plan.format_version,
            "tool_version": self.plan.tool_version,
            "actions": {kind: kinds[kind] for kind in KINDS},
            "deferred": self.plan.deferred,
            "affecting": len(self.matches),
            "mapped": sum(bool(match.ci_ids) for match in self.matches),
            "unmapped": sum(match.is_open for match in self.matches),
            "no_ci": sum(match.by == NO_CI for match in self.matches),
            "resources": [self._resource(match) for match in listed[:limit]],
        }

    def _resource(self, match: Match) -> dict[str, Any]:
        kind = match.change.kind
        return {
            "address": visible(match.change.address),
            "action": kind,
            "effect": self.plan_map.effects[kind],
            "ci_ids": list(match.ci_ids),
            "by": match.by,
            "said": [visible(text) for text in match.said],
        }


def plan_change(
    plan: Plan, plan_map: PlanMap, register: Register, title: str, window: Mapping[str, Any] | None
) -> PlanChange:
    """The change that a plan proposes; a resource that is no CI of the register is affected by its address.

    What it only creates, moves, forgets or reads affects nothing that is there.
    """
    affecting = [each for each in plan.changes if each.kind in plan_map.effects]
    matches = matches_of(affecting, plan_map, register)
    affected: dict[str, str] = {}
    for match in matches:
        effect = plan_map.effects[match.change.kind]
        for ci_id in (*match.ci_ids, *([id_of(match.change.address)] if match.is_open else [])):
            affected[ci_id] = max(affected.get(ci_id, effect), effect, key=WORSE.index)
    document = {
        "title": title,
        **plan_map.change,
        "format": FORMAT,
        "affected": [{"ci_id": ci_id, "effect": effect} for ci_id, effect in sorted(affected.items())],
    }
    if window is not None:
        document["window"] = dict(window)
    return PlanChange(plan, plan_map, matches, document)
