"""The file of requirements, read: what does not fit is refused by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from graph.errors import BadInputError
from graph.values import ValueRefused, parse_duration

# every rule with the settings that it takes
RULES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "papers": frozenset({"of", "needs"}),
        "approved_papers": frozenset({"of", "needs"}),
        "recorded": frozenset(),
        "before_and_after": frozenset({"within"}),
        "emergencies": frozenset(),
        "schedule": frozenset(),
        "analysed": frozenset({"document", "within"}),
        "followed": frozenset({"document", "after", "within"}),
        "accepted": frozenset(),
        "reported": frozenset({"within"}),
        "noticed": frozenset(),
    }
)
GROUPS = ("changes", "service_changes")  # of which changes papers are wanted


@dataclass(frozen=True)
class Requirement:
    """One requirement. `needs`: fields as the life cycle writes them. `within`: how late something may follow."""

    id: str
    clause: str
    rule: str
    of: str = "changes"
    needs: tuple[str, ...] = ()
    within: timedelta = timedelta()
    document: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The key of what it requires among the texts: `compliance.r11_2a` of `R11.2a`."""
        return f"compliance.{self.id.lower().replace('.', '_')}"


@cache
def load_requirements() -> tuple[Requirement, ...]:
    """The requirements of the package, in the order of the file."""
    source = resources.files("graph.compliance") / "data" / "requirements.toml"
    return requirements_from(source.read_text(encoding="utf-8"))


def requirements_from(text: str) -> tuple[Requirement, ...]:
    """The requirements that a TOML text declares.

    Raises BadInputError `compliance.syntax`; `compliance.entry`, naming the requirement and the setting.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError("compliance.syntax", reason=str(error)) from error
    return tuple(_requirement(id_, entry) for id_, entry in found.items())


def _requirement(id_: str, entry: Any) -> Requirement:
    given = entry if isinstance(entry, dict) else {}
    rule, clause = str(given.get("rule")), given.get("clause")
    if not isinstance(clause, str):
        raise _refused(id_, "clause")
    if rule not in RULES:
        raise _refused(id_, "rule")
    settings = {name: value for name, value in given.items() if name not in ("rule", "clause")}
    for name in sorted(settings.keys() ^ RULES[rule]):
        raise _refused(id_, name)
    read = {name: _setting(id_, name, value) for name, value in settings.items()}
    return Requirement(id_, clause, rule, **read)


def _setting(id_: str, name: str, value: Any) -> Any:
    if name == "needs" and isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    if name == "of" and value in GROUPS:
        return value
    if name in ("document", "after") and isinstance(value, str) and value:
        return value
    if name == "within" and isinstance(value, str):
        try:
            return timedelta(seconds=parse_duration(value))
        except ValueRefused:
            pass
    raise _refused(id_, name)


def _refused(id_: str, entry: str) -> BadInputError:
    return BadInputError("compliance.entry", requirement=id_, entry=entry)
