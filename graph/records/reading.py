"""Documents from outside, read strictly: each value by its place, nothing passed over (JSON, or YAML read before)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

from graph.errors import BadInputError, ParamValue
from graph.values import ValueRefused, parse_id, parse_text, shown

T = TypeVar("T")
ID_KEYS = {"values.id_empty", "values.id_too_long", "values.id_character", "values.invisible_character"}
TEXT_KEYS = {"values.surrogate", "values.control_character", "values.too_long"}
LOCAL_TIMES = {"values.time_skipped": "edits.time_skipped", "values.time_twice": "edits.time_twice"}


def refuse(key: str, at: str, **params: ParamValue) -> NoReturn:
    """Say what is wrong, and where."""
    raise BadInputError(f"edits.{key}", at=at or ".", **params)


def parsed(at: str, name: str, raw: Any, parser: Callable[[Any], T], right: str) -> T:
    """The value that a parser of `graph.values` makes of what was found; `right` is an example of what it takes."""
    try:
        return parser(raw)
    except ValueRefused as refused:
        key, params = refused.message.key, refused.message.params
    if key in LOCAL_TIMES:
        raise BadInputError(LOCAL_TIMES[key], at=at, field=name, value=shown(raw), zone=params["zone"])
    if key in ID_KEYS or key in TEXT_KEYS:
        refuse("id" if key in ID_KEYS else "text", at, field=name, value=shown(raw))
    refuse("value", at, field=name, value=shown(raw), right=right)


@dataclass(slots=True)
class Table:
    """A mapping at a place in a document; whoever reads it names every key that may be there."""

    at: str
    held: Mapping[str, Any]
    _read: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, at: str, found: Any) -> "Table":
        """The mapping at a place; anything else is refused."""
        if not isinstance(found, Mapping):
            refuse("not_a_table", at, value=shown(found))
        return cls(at, found)

    def get(self, name: str) -> Any:
        """Whatever stands under a key; `None` where nothing does."""
        self._read.append(name)
        return self.held.get(name)

    def has(self, name: str) -> bool:
        """Whether the key is there."""
        return name in self.held

    def needed(self, name: str) -> Any:
        """What stands under a key that must be there."""
        found = self.get(name)
        if found is None or found == "":
            refuse("missing", self.at, field=name)
        return found

    def id(self, name: str) -> str:
        """An id that must be there."""
        return parsed(self.at, name, self._texted(name, self.needed(name)), parse_id, "db-1")

    def text(self, name: str) -> str | None:
        """A text, stripped; an empty one is none."""
        found = self.get(name)
        if found is None:
            return None
        return parsed(self.at, name, self._texted(name, found).strip(), parse_text, "") or None

    def name(self, name: str) -> str | None:
        """A name: a text of one line without invisible characters, of 200 characters at the most."""
        found = self.text(name)
        if found is None:
            return None
        parsed(self.at, name, found, lambda text: parse_text(text, name=True), "db")
        if len(found) > 200 or "\n" in found:
            refuse("text", self.at, field=name, value=shown(found))
        return found

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of some words."""
        found = self.text(name)
        if found is not None and found not in choices:
            refuse("value", self.at, field=name, value=shown(found), right=", ".join(choices))
        return found

    def items(self, name: str) -> list[Any]:
        """A list; none where the key is not there."""
        found = self.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            refuse("not_a_list", self.at, field=name, value=shown(found))
        return found

    def end(self) -> None:
        """Nothing else may be there: a misspelt key must not read as one left out."""
        for name in self.held:
            if name not in self._read:
                close = get_close_matches(str(name)[:100], self._read, 1, 0.0)
                refuse("unknown_key", self.at, field=shown(name), nearest="".join(close))

    def _texted(self, name: str, found: Any) -> str:
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            refuse("text", self.at, field=name, value=shown(found))
        return str(found)
