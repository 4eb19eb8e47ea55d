"""What a plan of Terraform does, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.texts import Texts
from importers.terraform.matching import ADDRESS, MAP, NO_CI, TAG


def plan_lines(plan: Mapping[str, Any], say: Texts) -> list[str]:
    """What it does as sentences: everything counted, then resource by resource, those without a CI first."""
    counts = {name: plan[name] for name in ("mapped", "unmapped", "no_ci")}
    lines = [say("terraform.counts", changes=plan["affecting"], **counts)]
    beside = {name: plan["actions"][name] for name in ("create", "moved", "forget", "read", "unchanged")}
    if any(beside.values()) or plan["deferred"]:
        lines.append(say("terraform.beside", deferred=plan["deferred"], **beside))
    return [*lines, *(_resource(each, say) for each in plan["resources"])]


def _resource(each: Mapping[str, Any], say: Texts) -> str:
    what = say("impact.comma").join(_found(each, say))
    return say("terraform.resource", address=each["address"], action=say(f"terraform.action_{each['action']}"),
               what=what)  # fmt: skip


def _found(each: Mapping[str, Any], say: Texts) -> Iterator[str]:
    effect, comma = say(f"impact.effect_{each['effect']}"), say("impact.comma")
    if each["by"] == NO_CI:
        yield say("terraform.not_a_ci")
    elif each["ci_ids"]:
        yield say("terraform.found_by", ci_ids=comma.join(each["ci_ids"]), effect=effect, by=_by(each["by"], say))
    elif not each["said"]:
        yield say("terraform.not_found", effect=effect)
    if each["said"]:
        yield say("terraform.said", ids=comma.join(each["said"]))


def _by(by: str, say: Texts) -> str:
    return say(f"terraform.by_{by}") if by in (MAP, TAG, ADDRESS) else say("terraform.by_name", name=by)
