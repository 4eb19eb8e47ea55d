"""A document's fields, taken with their shape checked: what has another shape is refused by its path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graph.errors import Message, ParamValue
from graph.values import shown

Scalar = str | int | float | bool


class Misshapen(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """A document that is readable and wrong: the field's path, and why as a message."""

    def __init__(self, field: str, key: str, **params: ParamValue) -> None:
        super().__init__(key)
        self.field = field
        self.message = Message(f"kubernetes.{key}", {"field": field, **params})


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping inside a document, with its path (`spec.template`) for messages. An absent or null field is empty."""

    values: Mapping[object, object]
    path: str = ""

    def at(self, key: str) -> str:
        """The path of a field."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self.values.get(key) is not None

    def node(self, key: str) -> "Node":
        """The mapping under `key`."""
        return self._as_node(self.values.get(key), self.at(key))

    def required(self, key: str) -> "Node":
        """The mapping under `key`, which half a document lacks."""
        if not self.has(key):
            raise Misshapen(self.at(key), "missing")
        return self.node(key)

    def nodes(self, key: str) -> Iterator["Node"]:
        """The mappings of the list under `key`."""
        for position, value in enumerate(self._sequence(key)):
            yield self._as_node(value, f"{self.at(key)}[{position}]")

    def text(self, key: str) -> str | None:
        """The text under `key`; a number or a boolean as it is written in JSON."""
        value = self.values.get(key)
        return None if value is None else self._as_text(value, self.at(key))

    def integer(self, key: str, default: int, most: int) -> int:
        """The whole number from 0 to `most` under `key`."""
        value = self.values.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise Misshapen(self.at(key), "number", value=shown(value), most=most)
        return value

    def texts(self, key: str) -> dict[str, str]:
        """The mapping of names to texts under `key` (labels, annotations, the data of a ConfigMap)."""
        inner = self.node(key)
        return {
            self._as_text(name, inner.path): "" if value is None else self._as_text(value, inner.at(shown(name)))
            for name, value in inner.values.items()
        }

    def words(self, key: str) -> frozenset[str]:
        """The texts of the list under `key`."""
        return frozenset(self._as_text(value, self.at(key)) for value in self._sequence(key))

    def _sequence(self, key: str) -> list[object]:
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Misshapen(self.at(key), "not_list")
        return value

    @staticmethod
    def _as_node(value: object, path: str) -> "Node":
        if value is None:
            return Node({}, path)
        if not isinstance(value, Mapping):
            raise Misshapen(path, "not_mapping")
        return Node(value, path)

    @staticmethod
    def _as_text(value: object, path: str) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, Scalar):
            raise Misshapen(path, "not_text")
        return str(value)
