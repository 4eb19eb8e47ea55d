"""What people call the papers of a change that the life cycle and requirements name by their fields."""

from api.texts import Texts
from graph.ontology import Ontology

CHANGES = "changes"  # the table whose fields they are


def paper_words(need: str, say: Texts, ontology: Ontology) -> str:
    """One need: `a|b` is one of both, `a.b` a part of a table, as the form of a change calls them."""
    return " / ".join(_one(each, say, ontology) for each in need.split("|"))


def _one(need: str, say: Texts, ontology: Ontology) -> str:
    field, _, part = need.partition(".")
    fields = ontology.record_types[CHANGES].fields
    name = fields[field].words[say.language] if field in fields else field
    if not part:
        return name
    key = f"draft.{field}_{part}"
    return say("compliance.part", name=name, part=say(key) if key in say.all else part)
