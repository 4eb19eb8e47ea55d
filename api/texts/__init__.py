"""What people read, in zh and en: one file per area and language, the same keys in both."""

import tomllib
from functools import cache
from importlib import resources

from graph.errors import Message, ParamValue

LANGUAGES = ("zh", "en")


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = _load(language)

    def __call__(self, key: str, /, **params: ParamValue) -> str:
        """The text of a key with its parameters filled in. KeyError for a key that is not there: a test finds those."""
        return self._texts[key].format(**params)

    def say(self, message: Message) -> str:
        """A message in this language."""
        return self._texts[message.key].format(**message.params)


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
