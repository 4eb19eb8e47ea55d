"""Variables in values, as the Compose specification fills them in ("Interpolation").

`$X` and `${X}` are the value, `${X:-d}` and `${X-d}` have a default, `${X:?e}` and `${X?e}` insist, `${X:+r}` and
`${X+r}` replace; with a colon an empty value counts as none. What follows the operator may hold variables itself. `$$`
is a dollar.
"""

import re
from collections.abc import Mapping

from graph.values import LONGEST_TEXT, shown
from importers.compose.refused import Refused
from importers.safe_yaml import Tagged, YamlMap

DEEPEST = 30  # levels of defaults inside of defaults
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")
_MARK = re.compile(r"\$\$|\$\{|\}")


def filled(text: str, values: Mapping[str, str], undefined: set[str]) -> str:
    """`text` with its variables filled in; names that have no value go to `undefined` and are empty.

    Raises
    ------
    Refused
        `compose.variable_required` for `${X:?…}`, `compose.variable_form` for a dollar that begins none of the forms
        (the text itself is not repeated: a password with a dollar in it is the usual cause), `compose.variable_long`.
    """
    return _Filling(values, undefined).fill(text, 0) if "$" in text else text


def filled_document(document: YamlMap, values: Mapping[str, str], undefined: dict[str, int]) -> YamlMap:
    """A document with every value filled in, keys as they are; `undefined` gets name → line of its first use.

    Raises
    ------
    Refused
        Those of `filled`, with line and field.
    """
    return _Tree(values, undefined).mapping(document)


class _Tree:
    def __init__(self, values: Mapping[str, str], undefined: dict[str, int]) -> None:
        self._values, self._undefined = values, undefined
        self._done: dict[int, object] = {}  # what aliases share is filled in once

    def mapping(self, value: YamlMap) -> YamlMap:
        made = YamlMap(value.line)
        made.lines = value.lines
        for key, inner in value.items():
            made[key] = self._value(inner, value.line_of(key), key)
        return made

    def _value(self, value: object, line: int, key: str) -> object:
        if isinstance(value, str):
            return self._text(value, line, key) if "$" in value else value
        if isinstance(value, Tagged):
            return Tagged(value.tag, self._value(value.value, line, key))
        if not isinstance(value, YamlMap | list):
            return value
        made = self._done.get(id(value))
        if made is None:
            made = self.mapping(value) if isinstance(value, YamlMap) else [self._value(v, line, key) for v in value]
            self._done[id(value)] = made
        return made

    def _text(self, text: str, line: int, key: str) -> str:
        undefined: set[str] = set()
        try:
            made = filled(text, self._values, undefined)
        except Refused as refused:
            refused.line, refused.field = line, key
            raise
        for name in sorted(undefined):
            self._undefined.setdefault(name, line)
        return made


class _Filling:
    def __init__(self, values: Mapping[str, str], undefined: set[str]) -> None:
        self._values, self._undefined = values, undefined

    def fill(self, text: str, depth: int) -> str:
        if depth > DEEPEST:
            raise Refused("variable_form")
        pieces: list[str] = []
        at = length = 0
        while (dollar := text.find("$", at)) >= 0:
            piece, after = self._variable(text, dollar + 1, depth)
            pieces += (text[at:dollar], piece)
            length += dollar - at + len(piece)
            if length > LONGEST_TEXT:
                raise Refused("variable_long", longest=LONGEST_TEXT)
            at = after
        return "".join(pieces) + text[at:]

    def _variable(self, text: str, at: int, depth: int) -> tuple[str, int]:
        """What stands for the dollar before `at`, and where the text goes on."""
        if text.startswith("$", at):
            return "$", at + 1
        if text.startswith("{", at):
            end = _closing(text, at + 1)
            return self._braced(text[at + 1 : end], depth), end + 1
        name = _NAME.match(text, at)
        if not name:
            raise Refused("variable_form")
        return self._plain(name.group()), name.end()

    def _plain(self, name: str) -> str:
        value = self._values.get(name)
        if value is None:
            self._undefined.add(name)
        return value or ""

    def _braced(self, inner: str, depth: int) -> str:
        name = _NAME.match(inner)
        if not name:
            raise Refused("variable_form")
        if name.end() == len(inner):
            return self._plain(inner)
        operator = _OPERATOR.match(inner, name.end())
        if not operator:
            raise Refused("variable_form")
        return self._chosen(name.group(), operator.group(), inner[operator.end() :], depth)

    def _chosen(self, name: str, operator: str, word: str, depth: int) -> str:
        value = self._values.get(name)
        there = bool(value) if operator[0] == ":" else value is not None
        match operator[-1]:
            case "+":
                return self.fill(word, depth + 1) if there else ""
            case "?" if not there:
                reason = shown(self.fill(word, depth + 1))
                raise Refused("variable_required", variable=shown(name), reason=reason)
            case "-" if not there:
                return self.fill(word, depth + 1)
        return value or ""


def _closing(text: str, at: int) -> int:
    """Where the brace opened before `at` is closed, those of variables inside passed over."""
    depth = 1
    for mark in _MARK.finditer(text, at):
        depth += {"${": 1, "}": -1}.get(mark.group(), 0)
        if depth == 0:
            return mark.start()
        if depth > DEEPEST + 1:
            break
    raise Refused("variable_form")
