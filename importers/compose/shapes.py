"""A service's short and long forms brought to one: mappings by name, which merge by key.

Kept are the fields that say what a CI is, what it needs, and where it is; all others are none of our business.
"""

import os.path
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from graph.values import shown
from importers.compose.refused import Refused
from importers.safe_yaml import Tagged, YamlMap

Fields = dict[str, object]  # texts, numbers, further Fields, or Tagged ones of these
TAGS = frozenset({"!reset", "!override"})
TEXTS = ("image", "network_mode", "ipc", "pid", "uts", "cgroup", "scale")
NAMED = ("depends_on", "networks", "links", "external_links", "volumes_from", "labels", "environment")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_PATH = ("/", ".", "~", "\\")


def canonical_service(raw: YamlMap, folder: Path) -> Fields:
    """The fields of a service in one form; relative paths of its `env_file` start at `folder`.

    Raises
    ------
    Refused
        `compose.shape_*`, naming the field and its line.
    """
    made: Fields = {}
    for field, value in raw.items():
        made[field] = _under_tag(value, partial(_canonical, field=field, folder=folder, line=raw.line_of(field)))
    return {field: value for field, value in made.items() if value is not None}


def _under_tag(value: object, make: Callable[[object], object]) -> object:
    """What `make` makes of a value, under the tag that the value is under."""
    if isinstance(value, Tagged):
        return Tagged(value.tag, None if value.value is None else make(value.value))
    return make(value)


def _canonical(value: object, field: str, folder: Path, line: int) -> object:
    if value is None:
        return None
    if field in TEXTS:
        return text_of(value, field, line)
    if field in NAMED:
        return _named(value, field, line)
    if field == "env_file":
        return _env_files(value, folder, line)
    further = {"volumes": _mounts, "deploy": _deploy}.get(field)
    return further(value, line) if further else None


def text_of(value: object, field: str, line: int) -> str:
    """A scalar as the text it was written as."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise Refused("shape_text", line=line, field=field)
    return str(value)


def mapping_of(value: object, field: str, line: int) -> YamlMap:
    """A mapping; nothing is an empty one."""
    if value is None:
        return YamlMap(line)
    if not isinstance(value, YamlMap):
        raise Refused("shape_mapping", line=line, field=field)
    return value


def sequence_of(value: object, field: str, line: int) -> list[object]:
    """A list; one text is a list of it."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise Refused("shape_list", line=line, field=field)
    return value


def _named(value: object, field: str, line: int) -> Fields:
    """Name → what is said of it. A list is names alone, `name=value` or, for links, `name:alias`."""
    if isinstance(value, YamlMap):
        return {
            name: _under_tag(inner, partial(_said, field=field, line=value.line_of(name)))
            for name, inner in value.items()
        }
    made: Fields = {}
    for item in sequence_of(value, field, line):
        written = text_of(item, field, line)
        if field in ("labels", "environment"):
            name, sign, said = written.partition("=")
            made[name] = said if sign else None
        else:
            made[written if field == "volumes_from" else written.partition(":")[0]] = {}
    return made


def _said(value: object, field: str, line: int) -> object:
    if field in ("labels", "environment"):
        return None if value is None else text_of(value, field, line)
    said = mapping_of(value, field, line)
    return {"required": said["required"]} if "required" in said else {}


def _mounts(value: object, line: int) -> Fields:
    """Where it is mounted → the named volume that is mounted there, or `""` for anything else."""
    made: Fields = {}
    for item in sequence_of(value, "volumes", line):
        if isinstance(item, YamlMap):
            target = text_of(item.get("target", ""), "volumes", item.line)
            source = text_of(item.get("source") or "", "volumes", item.line_of("source"))
            named = item.get("type", "volume") == "volume"
        else:
            source, target = _short_mount(text_of(item, "volumes", line))
            named = not (source.startswith(_PATH) or _WINDOWS.match(source))
        made[target] = source if named else ""
    return made


def _short_mount(written: str) -> tuple[str, str]:
    drive = 2 if _WINDOWS.match(written) else 0
    source, colon, rest = written[drive:].partition(":")
    if not colon:
        return "", written  # a volume without a name
    drive_inside = 2 if _WINDOWS.match(rest) else 0
    return written[:drive] + source, rest[:drive_inside] + rest[drive_inside:].partition(":")[0]


def _env_files(value: object, folder: Path, line: int) -> Fields:
    made: Fields = {}
    for item in sequence_of(value, "env_file", line):
        said = item if isinstance(item, YamlMap) else {"path": item}
        path = text_of(said.get("path", ""), "env_file", line)
        if path:
            made[beside(folder, path)] = {"required": said.get("required", True)}
    return made


def beside(folder: Path, path: str) -> str:
    """A path of a Compose file, which starts at `folder` unless it is absolute."""
    return os.path.normpath(folder / path)


def _deploy(value: object, line: int) -> Fields:
    said = mapping_of(value, "deploy", line)
    made: Fields = {}
    for field, make in {"replicas": text_of, "mode": text_of, "labels": _named}.items():
        if said.get(field) is not None:
            known = partial(make, field=field, line=said.line_of(field))
            made[field] = _under_tag(said[field], known)
    return made


def canonical_resource(raw: object, field: str, line: int) -> Fields:
    """What is said of a volume or network: its own name, if it has one, and its labels."""
    said = mapping_of(raw, field, line)
    external = said.get("external")
    made: Fields = {}
    # `external: {name: …}` is how it was written before `name` was there
    name = said.get("name") or (external.get("name") if isinstance(external, YamlMap) else None)
    if name is not None:
        made["name"] = text_of(name, f"{field}.name", said.line_of("name"))
    if said.get("labels") is not None:
        made["labels"] = _named(said["labels"], "labels", said.line_of("labels"))
    return made


def truth(value: object, field: str) -> bool:
    """A boolean, also one that a variable gave as text."""
    word = str(value).strip().lower()
    if word not in ("true", "false", ""):
        raise Refused("shape_boolean", field=field, value=shown(value))
    return word != "false"


def merged(base: Mapping[str, object], over: Mapping[str, object]) -> Fields:
    """`over` laid on `base`: by key, mappings further down; `!reset` takes away, `!override` replaces whole."""
    made: Fields = dict(base)
    for key, value in over.items():
        before = made.get(key)
        if isinstance(value, Tagged):
            made.pop(key, None)
            if value.tag == "!override":
                made[key] = _settled(value.value)
        elif isinstance(before, Mapping) and isinstance(value, Mapping):
            made[key] = merged(before, value)
        elif value is not None or key not in made:
            made[key] = _settled(value)
    return made


def _settled(value: object) -> object:
    return merged({}, value) if isinstance(value, Mapping) else value
