"""What if a change fails, in words: time to back out, and when services are back; the same at every door."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from api.texts import Texts
from api.words import lasting, tight, who_words

NAMED = 5  # CIs of which it is named that their times are not recorded


class FailWords:
    """The parts of `queries.if_it_fails`, as JSON, as sentences; `name`: what a CI is called, by its id."""

    def __init__(self, say: Texts, name: Callable[[str], str] = str) -> None:
        self._say, self._name = say, name

    def lines(self, found: Mapping[str, Any]) -> list[str]:
        """All of it: the back-out, and each service that is out after the loss, or out for too long."""
        told = [self.back(each, found["back_out"]) for each in found["services"] if is_told(each)]
        more = [] if found["complete"] else [self._say("review.fails_incomplete")]
        return [self.back_out(found["back_out"]), *told, *more]

    def back_out(self, found: Mapping[str, Any]) -> str:
        """Whether there is time to back out."""
        say = self._say
        if found["missing"]:
            what = self._listed([say(f"review.lacks_{name}") for name in found["missing"]])
            return say("review.back_out_unknown", what=what)
        if found["fits"] is None:
            return say("review.back_out_unknown", what=say("review.lacks_window"))
        times = {name: lasting(say, found[name]) for name in ("time", "lasts")}
        if not found["fits"]:
            return say("review.back_out_over", **times)
        latest = datetime.fromisoformat(found["latest_start"])
        return say("review.back_out_by", latest=f"{latest:%Y-%m-%d %H:%M}", **times)

    def back(self, each: Mapping[str, Any], back_out: Mapping[str, Any]) -> str:
        """When a service is back, and whether that is in the time promised."""
        say, parts = self._say, [self._when(each)]
        if each["meets_rto"] is not None:
            parts.append(say(f"review.back_{each['meets_rto']}", rto=lasting(say, each["rto"])))
        if each["overrun"]:
            times = {"lasts": lasting(say, back_out["lasts"]), "allowed": lasting(say, each["allowed_downtime"])}
            parts.append(say("review.back_overrun", **times))
        said = say("review.steady_service", service=self._name(each["service"]), what=self._clauses(parts))
        if each["together"]:
            changes = self._listed([who_words(who, say) for who in each["together"]])
            said = say("review.together", what=said, changes=changes)
        return tight(said)

    def _when(self, each: Mapping[str, Any]) -> str:
        say, lower, upper = self._say, each["lower_bound"], each["upper_bound"]
        if each["state"] != "outage":
            return say("review.back_stands")
        some = [self._name(ci_id) for ci_id in each["unknown"]]
        what = self._listed([*some[:NAMED], *([f"… +{len(some) - NAMED}"] if len(some) > NAMED else [])])
        if upper is None:
            key = each["upper_reason"] or "not_known"
            if key == "unknown":
                return say("review.back_lacks" if lower else "review.back_when", lower=lasting(say, lower), what=what)
            return say(f"review.back_{key}", lower=lasting(say, lower or 0))
        if lower != upper:
            key = "review.back_between_lacks" if some else "review.back_between"
            return say(key, lower=lasting(say, lower), upper=lasting(say, upper), what=what)
        return say("review.back_after", time=lasting(say, upper))

    def _clauses(self, parts: Sequence[str]) -> str:
        return reduce(lambda some, more: self._say("review.back_clauses", some=some, more=more), parts)

    def _listed(self, some: Sequence[str]) -> str:
        return self._say("impact.comma").join(some)


def is_told(each: Mapping[str, Any]) -> bool:
    """Whether there is something to say of a service: it is out after the loss, or kept down for too long."""
    return each["state"] == "outage" or bool(each["overrun"])
