"""YAML from strangers: read with limits, refused with the line, values left as they were written.

Scalars follow the core schema of YAML 1.2 (10.3), narrowed so that nothing changes its writing on the way: `no`, `on`,
`22:22`, `2026-11-28`, `0755` and `1.10` stay text; only `true`/`false`, `null`/`~`/nothing, and numbers that read back
as they were written become something else. Keys are always text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from graph.errors import BadInputError, ParamValue
from graph.values import shown

LARGEST_FILE = 64 * 1024 * 1024  # bytes; a dump of a whole cluster has some 10 MB
MOST_ALIASED = 1_000_000  # nodes that aliases stand for, taken out in full
DEEPEST = 100  # levels, those inside of aliases included; Compose and Kubernetes files have some 15
ARCHIVES = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there: ten times as fast
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")  # YAML 1.2, 5.1
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")  # within 64 bits
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,16}")
_WORDS = {word: value for value, words in (
    (None, ("", "~", "null", "Null", "NULL")),
    (True, ("true", "True", "TRUE")),
    (False, ("false", "False", "FALSE")),
) for word in words}  # fmt: skip
_Event = Any  # one of PyYAML's; its stubs leave out tag, anchor and style
_STANDARD = "tag:yaml.org,2002:"
_KINDS = {f"{_STANDARD}{name}" for name in ("int", "float", "bool", "null")}


class YamlMap(dict[str, object]):
    """A mapping that knows where it begins (`line`) and where each of its keys is (`lines`), counted from 1."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """The line of a key; of the mapping itself if the key is not there."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value under a tag that the caller allows, `!reset` say."""

    tag: str
    value: object


def read_text(path: Path, name: str) -> str:
    """The text of a file that messages call `name`.

    Raises
    ------
    BadInputError
        `yaml.unreadable`, `yaml.not_a_file`, `yaml.too_big`, `yaml.archive`, `yaml.encoding`, `yaml.nul`,
        `yaml.control_character`.
    """
    if path.exists() and not path.is_file():  # a pipe would wait for ever
        raise BadInputError("yaml.not_a_file", file=name)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInputError("yaml.unreadable", file=name, reason=error.strerror or "") from error
    if len(content) > LARGEST_FILE:
        raise BadInputError("yaml.too_big", file=name, most=LARGEST_FILE // 1024 // 1024)
    for magic, kind in ARCHIVES.items():
        if content.startswith(magic):
            raise BadInputError("yaml.archive", file=name, kind=kind)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        byte = f"0x{content[error.start]:02x}"
        raise BadInputError("yaml.encoding", file=name, line=line, column=column, byte=byte) from error
    _refuse_control_characters(text, name)
    return text


def read_inside(folder: Path, path: Path, name: str) -> str:
    """As `read_text`, for a file that must lie in `folder` also when symbolic links and `..` are followed.

    Raises
    ------
    BadInputError
        `yaml.outside`, and those of `read_text`.
    """
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 call a circle of links a RuntimeError
        raise BadInputError("yaml.unreadable", file=name, reason=getattr(error, "strerror", None) or "") from error
    if not real.is_relative_to(folder.resolve()):
        raise BadInputError("yaml.outside", file=name, folder=str(folder))
    return read_text(real, name)


def load_documents(text: str, name: str, tags: frozenset[str] = frozenset()) -> Iterator[object]:
    """Each document of a text: mappings as `YamlMap`, sequences as lists, scalars as text, numbers, booleans or `None`.

    Merge keys are resolved. What an alias stands for is one shared object: do not change what comes out.

    Parameters
    ----------
    text, name
        The content, and what messages call it.
    tags
        Tags that make a `Tagged`; every other one outside of the core schema is refused.

    Raises
    ------
    BadInputError
        `yaml.*`, with line and column.
    """
    _refuse_control_characters(text, name)
    return _Reader(text, name, tags).documents()


def _refuse_control_characters(text: str, name: str) -> None:
    found = _FORBIDDEN.search(text)
    if found:
        at = found.start()
        key = "yaml.nul" if found.group() == "\0" else "yaml.control_character"
        params = {"line": text.count("\n", 0, at) + 1, "column": at - text.rfind("\n", 0, at)}
        raise BadInputError(key, file=name, code=f"U+{ord(found.group()):04X}", **params)


@dataclass(frozen=True, slots=True)
class _Anchored:
    value: object
    size: int  # nodes, aliases taken out in full
    height: int  # levels


class _Reader:
    """Builds values from libyaml's events, so that every limit holds before memory is spent."""

    def __init__(self, text: str, name: str, tags: frozenset[str]) -> None:
        self._text, self._name, self._tags = text, name, tags
        self._events = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, _Anchored] = {}
        self._size = self._aliased = 0

    def documents(self) -> Iterator[object]:
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                yield self._node(self._next(), 1)[0]

    def _next(self) -> _Event:
        try:
            return next(self._events)
        except yaml.YAMLError as error:
            self._refuse_syntax(error)

    def _refuse_syntax(self, error: yaml.YAMLError) -> NoReturn:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "context", None) or "unreadable"
        line, column = (mark.line, mark.column) if mark else (0, 0)
        written = self._text.split("\n")[line] if mark and line <= self._text.count("\n") else ""
        indent = written[: len(written) - len(written.lstrip())]
        key = "yaml.tab" if "\t" in indent or written[column : column + 1] == "\t" else "yaml.syntax"
        raise BadInputError(key, file=self._name, line=line + 1, column=column + 1, reason=str(reason)) from error

    def _refuse(self, what: str, event: _Event, **params: ParamValue) -> NoReturn:
        mark = event.start_mark
        at = {"line": mark.line + 1, "column": mark.column + 1}
        raise BadInputError(f"yaml.{what}", file=self._name, **at, **params)

    def _node(self, event: _Event, depth: int) -> tuple[object, int]:
        """The value that begins with `event`, and its height."""
        if depth > DEEPEST:
            self._refuse("too_deep", event, deepest=DEEPEST)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        before = self._size
        self._size += 1
        tag = None if event.tag == "!" else event.tag
        value, height = self._untagged(event, None if tag in self._tags else tag, depth)
        if tag in self._tags:
            value = Tagged(str(tag), value)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(value, self._size - before, height)
        return value, height

    def _alias(self, event: _Event, depth: int) -> tuple[object, int]:
        meant = self._anchors.get(event.anchor)
        if meant is None:
            self._refuse("alias_unknown", event, alias=shown(event.anchor))
        self._size += meant.size
        self._aliased += meant.size
        if self._aliased > MOST_ALIASED:
            self._refuse("alias_bomb", event, most=MOST_ALIASED)
        if depth + meant.height - 1 > DEEPEST:
            self._refuse("too_deep", event, deepest=DEEPEST)
        return meant.value, meant.height

    def _untagged(self, event: _Event, tag: str | None, depth: int) -> tuple[object, int]:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, tag), 1
        if isinstance(event, yaml.SequenceStartEvent) and tag in (None, f"{_STANDARD}seq"):
            return self._sequence(depth)
        if not isinstance(event, yaml.MappingStartEvent) or tag not in (None, f"{_STANDARD}map"):
            self._refuse("unknown_tag", event, tag=shown(tag))
        return self._mapping(event, depth)

    def _scalar(self, event: _Event, tag: str | None) -> object:
        text: str = event.value
        if tag is None:
            plain = event.style in (None, "")
            return _resolved(text) if plain and event.tag != "!" else text
        if tag == f"{_STANDARD}str":
            return text
        if tag not in _KINDS:
            self._refuse("unknown_tag", event, tag=shown(tag))
        value = _resolved(text)
        if isinstance(value, str):
            self._refuse("not_of_tag", event, tag=shown(tag), value=shown(text))
        return value

    def _sequence(self, depth: int) -> tuple[object, int]:
        items: list[object] = []
        highest = 0
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            value, height = self._node(event, depth + 1)
            items.append(value)
            highest = max(highest, height)
        return items, highest + 1

    def _mapping(self, start: _Event, depth: int) -> tuple[object, int]:
        made = YamlMap(start.start_mark.line + 1)
        merged: list[tuple[_Event, object]] = []
        highest = 0
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event)
            if key in made or (merged and key == "<<"):
                self._refuse("duplicate_key", event, name=shown(key))
            value, height = self._node(self._next(), depth + 1)
            highest = max(highest, height)
            if key == "<<" and event.style in (None, ""):
                merged.append((event, value))
            else:
                made[key] = value
                made.lines[key] = event.start_mark.line + 1
        for event, value in merged:
            self._merge(made, event, value)
        return made, highest + 1

    def _key(self, event: _Event) -> str:
        if isinstance(event, yaml.AliasEvent):
            value = self._alias(event, 1)[0]
        elif isinstance(event, yaml.ScalarEvent) and event.tag in (None, "!", f"{_STANDARD}str", *_KINDS):
            value = event.value
            if event.anchor:
                self._anchors[event.anchor] = _Anchored(value, 1, 1)
        else:
            self._refuse("key_not_text", event)
        if not isinstance(value, str):
            self._refuse("key_not_text", event)
        return value

    def _merge(self, made: YamlMap, event: _Event, value: object) -> None:
        """`<<`: of several mappings the first that has a key gives it; keys of `made` itself come before all."""
        for merged in value if isinstance(value, list) else [value]:
            if not isinstance(merged, YamlMap):
                self._refuse("merge_not_mapping", event)
            for key, inner in merged.items():
                if key not in made:
                    made[key] = inner
                    made.lines[key] = merged.line_of(key)


def _resolved(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return text
