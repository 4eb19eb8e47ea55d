"""Why a record fails a requirement, in words: papers, records and CIs by what people call them."""

from collections.abc import Callable, Mapping
from typing import Any

from api.papers import paper_words
from api.texts import Texts
from graph.ontology import Ontology

DOCUMENTS = ("change_analysis", "improvement_plan")  # kinds that the requirements of the package name


class ComplianceWords:
    """Reasons of `queries.compliance.rules` (as JSON) as sentences; `name`: what a CI is called, by its id."""

    def __init__(self, say: Texts, ontology: Ontology, name: Callable[[str], str] = str) -> None:
        self._say, self._ontology = say, ontology
        self._word: Mapping[str, Callable[[str], str]] = {
            "what": self._each(lambda need: paper_words(need, say, ontology)),
            "customers": self._each(name),
            "ci_id": name,
            "table": self._table,
            "kind": lambda kind: self._known(f"compliance.document_{kind}", kind),
            "status": lambda status: self._known(f"rfc.status_{status}", status),
        }

    def reason(self, reason: Mapping[str, Any] | None) -> str | None:
        """One reason."""
        if reason is None:
            return None
        words = {
            name: self._word[name](value) if name in self._word else value for name, value in reason["params"].items()
        }
        return self._say(reason["key"], **words)

    def _each(self, word: Callable[[str], str]) -> Callable[[str], str]:
        return lambda some: self._say("impact.comma").join(word(each) for each in some.split(", "))

    def _table(self, table: str) -> str:
        kind = self._ontology.record_types.get(table)
        return self._known(f"compliance.table_{table}", table) if kind is None else kind.words[self._say.language]

    def _known(self, key: str, otherwise: str) -> str:
        return self._say(key) if key in self._say.all else otherwise
