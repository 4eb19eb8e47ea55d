"""Answers in words, the same at every door."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from api.texts import Texts
from graph.errors import ParamValue
from graph.ontology import Ontology
from graph.records.proposed import UNNAMED
from graph.values import shown

if TYPE_CHECKING:
    from graph.estate import Estate
    from queries.change_conflicts import Told
    from queries.planned import Reason


VERDICT_SIGNS = {"pass": "○", "review": "△", "block": "■"}
NAMED = 3  # services or CIs of one conflict that its sentence names
ALTERNATIVES = "\n"  # between sets of changes, each of which is enough; no identifier holds it
INCIDENT = "incident:"  # before the id of an incident among changes
STATE_SIGNS = {"outage": "■", "degraded": "◑", "at_risk": "△", "unaffected": "○"}
OUTCOME_SIGNS = {"success": "○", "partial": "△", "backed_out": "◑", "failed": "■"}


def class_words(name: str, say: Texts, ontology: Ontology) -> str:
    """What a class is called; one that the ontology does not know, by its id."""
    known = ontology.classes.get(name)
    return known.words[say.language] if known else name


def named(estate: "Estate", ci: int, say: Texts) -> str:
    """A CI by name and id, or by its id alone where both are one."""
    name, ci_id = estate.names[ci], estate.ids[ci]
    return ci_id if name == ci_id else say("impact.named", name=shown(name), id=ci_id)


def by_name(estate: "Estate", say: Texts) -> Callable[[str], str]:
    """What CIs are called, by their ids; one that the register does not know, by its id."""

    def name(ci_id: str) -> str:
        number = estate.find(ci_id)
        return ci_id if number is None else named(estate, number, say)

    return name


def tight(text: str) -> str:
    """Without the spaces that stand beside names of letters, where the name has become Chinese brackets."""
    return text.replace("） ", "）").replace(" （", "（")


def who_words(who: str, say: Texts) -> str:
    """A change, or an open incident that counts as one (SEMANTICS 5), as people call it."""
    return say("conflicts.incident", id=who.removeprefix(INCIDENT)) if who.startswith(INCIDENT) else who


class ConflictWords:
    """Conflicts of changes as sentences."""

    def __init__(self, say: Texts, estate: "Estate") -> None:
        self.say, self._name = say, by_name(estate, say)

    def conflict(self, told: "Told") -> str:
        """A conflict as a sentence."""
        return self._sentence(told.kind, told.changes, told.services or told.ci_ids)

    def plain(self, plain: Mapping[str, Any]) -> str:
        """The same of one as JSON (ANSWERS)."""
        return self._sentence(plain["kind"], plain["changes"], plain["services"] or plain["ci_ids"])

    def _sentence(self, kind: str, changes: Sequence[str], ci_ids: Sequence[str]) -> str:
        # one that has no id yet is the one that is asked about
        who = [self.say("conflicts.this_change") if change == UNNAMED else who_words(change, self.say)
               for change in changes]  # fmt: skip
        return self.say(f"conflicts.kind_{kind}", who=self.say("impact.comma").join(who), what=self.what(ci_ids))

    def note(self, reason: "Reason") -> str:
        """What an answer rests on or could not use, as a sentence."""
        params: dict[str, Any] = dict(reason.params)
        if "problem" in params:
            params["why"] = self.say(str(params["problem"]), **reason.params)
        return self.say(reason.key, **params)

    def what(self, ci_ids: Sequence[str]) -> str:
        """Some CIs by name, the first of many."""
        found = [self._name(ci_id) for ci_id in ci_ids[:NAMED]]
        rest = [self.say("conflicts.others", count=len(ci_ids) - NAMED)] if len(ci_ids) > NAMED else []
        return self.say("impact.comma").join([*found, *rest]) or self.say("conflicts.no_known_ci")


def step_words(step: Mapping[str, ParamValue | list[str]], say: Texts, ontology: Ontology, estate: "Estate") -> str:
    """One step of a witness (INTERFACES: impact --json) as a sentence."""

    def known(ci_id: object) -> str:
        ci = estate.find(str(ci_id))
        return str(ci_id) if ci is None else named(estate, ci, say)

    params: dict[str, ParamValue] = {
        name: say("impact.comma").join(value) if isinstance(value, list) else value for name, value in step.items()
    }
    params["name"] = known(step["ci_id"])
    if "from" in step:
        kind = ontology.relationship_types.get(str(step["via"]))
        params["from"] = known(step["from"])
        params["via"] = kind.words[say.language] if kind else str(step["via"])
    if step["rule"] == "seed":
        params["effect"] = say(f"impact.effect_{step['effect']}")
    return say(f"impact.rule_{step['rule']}", **params)


def lasting(say: Texts, seconds: float) -> str:
    """So many seconds as a person says them, to the two largest units; less than a second is told as a fraction."""
    whole = int(seconds)
    if seconds != whole and whole < 60:
        return say("continuity.seconds", count=round(seconds, 3))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    units = zip(("days", "hours", "minutes", "seconds"), (days, hours, minutes, left), strict=True)
    parts = [say(f"continuity.{unit}", count=count) for unit, count in units if count]
    return " ".join(parts[:2]) or say("continuity.seconds", count=0)
