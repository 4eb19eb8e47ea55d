"""`.env` files: the variables of a project, as Compose reads them.

`NAME=value`, also with `export` before it or a colon for the sign. Single quotes keep everything, double quotes know
`\\n`, `\\t`, `\\r`, `\\"`, `\\\\` and `\\$`, both may go over several lines; outside of quotes ` #` begins a comment.
Variables are filled in from what stands before, except inside single quotes.
"""

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping

from importers.compose.refused import Refused
from importers.compose.variables import filled

_HEAD = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*[=:][ \t]*")
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^']*')[ \t]*(?:#[^\n]*)?(?=\n|\Z)""", re.DOTALL)
# a name alone takes its value from the process, which counts for nothing here
_SAYS_NOTHING = re.compile(r"[ \t]*(?:#.*|(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*)?")
_COMMENT = re.compile(r"[ \t]#.*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "$": "$$"}  # a dollar is filled in afterwards


def variables_of(text: str, given: Mapping[str, str], undefined: set[str]) -> tuple[dict[str, str], list[int]]:
    """The variables of a file, and the lines that are none.

    Parameters
    ----------
    text
        Content of the file.
    given
        Variables that stand above the file's: they win, also inside of its values.
    undefined
        Gets the names of variables used without a value.

    Returns
    -------
    variables, lines
        Lines count from 1. What is wrong in one line leaves the others as they are.
    """
    made: dict[str, str] = {}
    wrong: list[int] = []
    known = ChainMap(dict(given), made)
    for line, name, quote, raw in _assignments(text, wrong):
        try:
            made[name] = raw if quote == "'" else filled(raw, known, undefined)
        except Refused:
            wrong.append(line)
    return made, sorted(wrong)


def _assignments(text: str, wrong: list[int]) -> Iterator[tuple[int, str, str, str]]:
    """Line, name, quote and raw value of each assignment."""
    text = text.replace("\r\n", "\n")
    at, number = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        head = _HEAD.match(text, at, end)
        quoted = _QUOTED.match(text, head.end()) if head else None
        if quoted:
            end = text.find("\n", quoted.end())
            end = len(text) if end < 0 else end
        written = text[at:end]
        if head and quoted:
            raw = quoted.group(1)
            yield number, head.group(1), raw[0], _inner(raw)
        elif head and text[head.end() : head.end() + 1] not in ("'", '"'):
            yield number, head.group(1), "", _COMMENT.sub("", " " + text[head.end() : end]).strip()
        elif head or not _SAYS_NOTHING.fullmatch(written):
            wrong.append(number)
        number += written.count("\n") + 1
        at = end + 1


def _inner(quoted: str) -> str:
    inner = quoted[1:-1]
    return inner if quoted[0] == "'" else _ESCAPED.sub(_unescaped, inner)


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match.group(1), match.group(1))
