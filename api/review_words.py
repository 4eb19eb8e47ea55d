"""A review in words, the same at every door."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

from api.texts import Texts
from api.words import ALTERNATIVES, STATE_SIGNS, by_name, class_words, lasting, tight, who_words

if TYPE_CHECKING:
    from queries.review import Review

PART = "manifest:"  # what is called so is a part of files that could not be used
NAMED = 5  # CIs of each list that it names
CIS = ("service", "ci_id", "of")  # parameters that hold ids of CIs, one or several
LASTING = ("back_out", "window")  # those that are seconds
MORE = " … +"  # before how many more there are


class ReviewWords:
    """Parts of a review's answer (ANSWERS, as JSON) as sentences.

    `name`, `kind`: what a CI is called, by its id, and a class; where no register is at hand both keep their ids.
    """

    def __init__(self, say: Texts, name: Callable[[str], str] = str, kind: Callable[[str], str] = str) -> None:
        self._say, self._name, self._kind = say, name, kind

    def ci(self, ci_id: str) -> str:
        """What a CI is called."""
        return self._name(ci_id)

    def kind(self, name: str) -> str:
        """What a class is called."""
        return self._kind(name)

    def title(self, answer: Mapping[str, Any], title: str) -> str:
        """The verdict as a sentence."""
        return self._say(f"review.verdict_{answer['verdict']}", change=answer["change"], title=title)

    def score(self, answer: Mapping[str, Any]) -> str:
        """How risky it is, and at which revision that was worked out."""
        say = self._say
        return say("review.score", score=answer["score"], band=say(f"review.band_{answer['band']}"),
                   model=answer["risk_model"], revision=answer["revision"],
                   worst=say(f"review.{answer['worst']}"))  # fmt: skip

    def asked(self, answer: Mapping[str, Any]) -> str | None:
        """Of when what was asked is, where that was a snapshot file."""
        if "snapshot" not in answer:
            return None
        found = answer["snapshot"]
        return self._say("review.asked_snapshot", of=found["of"], age=lasting(self._say, found["age"]))

    def reason(self, reason: Mapping[str, Any]) -> str:
        """Why the verdict is no better."""
        key = f"review.reason_{reason['key']}"
        if str(reason["params"].get("ci_id")).startswith(PART):
            key = "review.reason_unused_part"
        return self._filled(key, reason["params"])

    def _filled(self, key: str, params: Mapping[str, Any]) -> str:
        say = self._say
        worded = {name: self._worded(name, value) for name, value in params.items()}
        if "changes" in params:
            return tight(say("review.together", what=say(key, **worded), changes=worded["changes"]))
        return tight(say(key, **worded))

    def _worded(self, name: str, value: Any) -> Any:
        if value is None:
            return "—"
        if name in LASTING and isinstance(value, int):
            return lasting(self._say, value)
        if name in CIS:
            # none: of a blackout of everything, and nothing of the register in it
            return self._several(self._name, str(value)) if value else self._say("conflicts.no_known_ci")
        if name == "what":
            return self._say(f"review.what_{value}")
        return self._sets(str(value)) if name == "changes" else value

    def _sets(self, ids: str) -> str:
        sets = [self._several(lambda who: who_words(who, self._say), each) for each in ids.split(ALTERNATIVES)]
        return reduce(lambda some, other: self._say("review.either", some=some, other=other), sets)

    def _several(self, word: Callable[[str], str], ids: str) -> str:
        if (one := word(ids)) != ids:
            return one  # an id may itself hold what stands between two of them
        some, more, count = ids.partition(MORE)
        return self._say("impact.comma").join(word(each) for each in some.split(", ")) + more + count

    def service(self, service: Mapping[str, Any]) -> str:
        """How a service stands."""
        say = self._say
        state = say(f"impact.state_{service['state']}")
        marks: list[str] = []
        if service["left_without_redundancy"]:
            marks.append(say("review.left_without_redundancy"))
        if service["agreed_outage"]:
            marks.append(say("review.agreed"))
        name, ci_id = service["name"], service["ci_id"]
        named = ci_id if name == ci_id else say("impact.named", name=name, id=ci_id)
        about = [tight(" ".join([STATE_SIGNS[service["state"]], named, state, *marks]))]
        if service["criticality"] is not None:
            about.append(say(f"impact.criticality_{service['criticality']}"))
        # where the RTO is the shorter one, it is said once
        times = {"rto": service["rto"], "allowed_downtime": service["allowed_downtime"]}
        wanted = ["rto"] if times["rto"] == times["allowed_downtime"] else list(times)
        for name in wanted:
            about += [] if times[name] is None else [say(f"review.service_{name}", time=lasting(say, times[name]))]
        for name in ("customers", "owners"):
            about += [say(f"review.service_{name}", who=self._people(service[name]))] if service[name] else []
        return " · ".join(about)

    def _people(self, some: Sequence[Mapping[str, str]]) -> str:
        more = [f"… +{len(some) - NAMED}"] if len(some) > NAMED else []
        return self._say("impact.comma").join([*(each["name"] for each in some[:NAMED]), *more])

    def steady(self, each: Mapping[str, Any]) -> str:
        """What differs for a service once all is done."""
        say, parts = self._say, list[str]()
        times = {name: each[f"recovery_{name}"] for name in ("before", "after")}
        if times["before"] != times["after"]:
            shown = {name: say("review.time_unknown") if v is None else lasting(say, v) for name, v in times.items()}
            parts.append(say("review.steady_recovery", **shown))
        for key in ("spofs_added", "spofs_removed", "dependencies_added", "dependencies_removed"):
            if each[key]:
                more = [f"… +{len(each[key]) - NAMED}"] if len(each[key]) > NAMED else []
                what = say("impact.comma").join([*map(self._name, each[key][:NAMED]), *more])
                parts.append(say(f"review.steady_{key}", what=what))
        return say("review.steady_service", service=self._name(each["service"]), what=say("impact.comma").join(parts))

    def wish(self, wish: Mapping[str, Any]) -> str:
        """What would help."""
        say, value = self._say, next(iter(wish["params"].values()))
        if wish["kind"] == "agreed_outage":
            value = self._name(value)
        what = say(f"review.paper_{value}") if wish["kind"] == "document" else value
        if wish["kind"] == "edit_order":
            what = say("impact.comma").join(value)
        return say(f"review.wish_{wish['kind']}", what=what, verdict=say(f"review.word_{wish['verdict']}"))

    def wishes(self, some: Sequence[Mapping[str, Any]]) -> list[str]:
        """What would help, all of it together: none of several is enough by itself."""
        said = [self.wish(each) for each in some]
        return [self._say("review.wishes_together"), *said] if len(said) > 1 else said

    def who(self, who: Mapping[str, Any]) -> str:
        """Who must agree, or is told."""
        say = self._say
        if who["role"] == "change_authority":
            return say("review.authority", category=say(f"review.category_{who['category'] or 'none'}"))
        services = say("impact.comma").join(map(self._name, who["services"]))
        return tight(say(f"review.role_{who['role']}", who=self._name(who["ci_id"]), services=services))

    def factor(self, factor: Mapping[str, Any]) -> str:
        """A summand of the risk."""
        numbers = {name: f"{factor[name]:g}" for name in ("value", "weight")}
        contribution = f"{round(factor['contribution'], 2):g}"
        name = self._say(f"review.factor_{factor['id']}")
        return self._say("review.factor", what=name, contribution=contribution, **numbers)


def words_of(review: "Review", say: Texts) -> ReviewWords:
    """The words of a review whose CIs and classes are at hand, as they are after its edits."""
    ontology = review.proposal.draft.ontology
    return ReviewWords(say, by_name(review.estate, say), partial(class_words, say=say, ontology=ontology))
