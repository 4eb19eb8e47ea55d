"""What people call what the life cycle and requirements name by their fields: papers of a change, steps, statuses."""

from collections.abc import Callable, Mapping

from api.texts import Texts
from graph.errors import Message, ParamValue
from graph.lifecycle import Lifecycle
from graph.ontology import Ontology

CHANGES = "changes"  # the table whose fields they are
OPEN_QUESTIONS = "open_questions"  # what is missing where somebody has not been answered
BETWEEN = ", "  # of several in one parameter


def paper_words(need: str, say: Texts, ontology: Ontology) -> str:
    """One need: `a|b` is one of both, `a.b` a part of a table, as the form of a change calls them."""
    return " / ".join(_one(each, say, ontology) for each in need.split("|"))


def _one(need: str, say: Texts, ontology: Ontology) -> str:
    if need == OPEN_QUESTIONS:
        return say("talk.open_questions")
    field, _, part = need.partition(".")
    fields = ontology.record_types[CHANGES].fields
    name = fields[field].words[say.language] if field in fields else field
    if not part:
        return name
    key = f"draft.{field}_{part}"
    return say("compliance.part", name=name, part=say(key) if key in say.all else part)


def step_refusal(message: Message, say: Texts, ontology: Ontology, lifecycle: Lifecycle) -> str:
    """Why a change is not moved or decided on, as a sentence in which nothing is called as data calls it."""
    if message.key.partition(".")[0] not in ("change", "decide_change"):
        return say.say(message)
    steps = {step.id: step.words[say.language] for step in reversed(lifecycle.steps)}

    def paper(need: str) -> str:
        return paper_words(need, say, ontology)

    def step(name: str) -> str:
        return steps.get(name, name)

    def status(name: str) -> str:
        key = f"rfc.status_{name}"
        return say(key) if key in say.all else name

    def category(name: str) -> str:
        key = f"rfc.category_{name}"
        return say(key) if key in say.all else name

    words: Mapping[str, Callable[[str], str]] = {
        "missing": paper, "field": paper, "takes": paper, "step": step, "possible": step, "status": status,
        "category": category, "categories": category,
        **({"start": paper, "end": paper} if message.key == "change.order" else {}),
    }  # fmt: skip

    def worded(name: str, value: ParamValue) -> ParamValue:
        if name not in words or not isinstance(value, str):
            return value
        return say("impact.comma").join(words[name](each) for each in value.split(BETWEEN))

    return say(message.key, **{name: worded(name, value) for name, value in message.params.items()})
