"""What people read, in zh and en: one file per area and language, the same keys in both."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any

from graph.errors import Message, ParamValue

LANGUAGES = ("zh", "en")


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = _load(language)

    @property
    def all(self) -> Mapping[str, str]:
        """Every key with its text, parameters not filled in."""
        return self._texts

    def __call__(self, key: str, /, **params: ParamValue) -> str:
        """The text of a key with its parameters filled in. KeyError for a key that is not there: a test finds those."""
        return _FILL.vformat(self._texts[key], (), params)

    def say(self, message: Message) -> str:
        """A message in this language."""
        return self(message.key, **message.params)


class _Fill(Formatter):
    """`{count:service goes|services go}` is the first word for one and the second for any other number."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, separator, many = format_spec.partition("|")
        if separator:
            return one if value in (1, "1") else many
        return super().format_field(value, format_spec)


_FILL = _Fill()


@cache
def _load(language: str) -> dict[str, str]:
    folder = resources.files("api.texts") / language
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            area = file.name.removesuffix(".toml")
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            found.update({f"{area}.{name}": text for name, text in table.items()})
    return found
