"""Files, folders and standard input become Kubernetes objects as written; what is no YAML or JSON is refused here."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from graph.errors import BadInputError, Message
from graph.values import shown
from importers.kubernetes.objects import Broken, Document
from importers.kubernetes.parse import parse_object
from importers.model import Place, Request
from importers.safe_yaml import load_documents, read_text

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
STANDARD_INPUT = "-"
DEEPEST_LIST = 4  # Lists inside Lists


def read_documents(request: Request) -> Iterator[Document]:
    """Every object of the paths, in the order given, folders in the order of their paths.

    Raises
    ------
    BadInputError
        `kubernetes.*` or `yaml.*`, for a path that is not there or content that is not its format (first level).
    """
    for given in request.paths:
        for path, name in _files(given, request):
            for values, place in _objects(path, name):
                if isinstance(values, Mapping):
                    yield parse_object(values, place, request.cluster)
                else:
                    yield Broken(place, Message("kubernetes.not_object"), None)


def _files(given: Path | str, request: Request) -> Iterator[tuple[Path, str]]:
    """Each file to read, and its name as the user knows it. Links to folders are not followed: they may be circles."""
    path = Path(given)
    if str(given) == STANDARD_INPUT and request.standard_input is not None:
        yield request.standard_input(), STANDARD_INPUT
    elif path.is_file():
        yield path, str(given)
    elif path.is_dir():
        inside = sorted(_manifests(path))
        if not inside:
            raise BadInputError("kubernetes.no_files", file=str(given))
        yield from ((file, str(file)) for file in inside)
    else:
        raise BadInputError("kubernetes.not_found", file=str(given))


def _manifests(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(place) / name


def _objects(path: Path, name: str) -> Iterator[tuple[object, Place]]:
    for document in _documents(read_text(path, name), name, path.suffix.lower()):
        if document is not None:  # `---` with nothing after it
            yield from _unlisted(document, Place(name, getattr(document, "line", None)), 0)


def _documents(text: str, name: str, suffix: str) -> Iterable[object]:
    if suffix == ".json":
        return [_json(text, name)]
    if text.lstrip()[:1] != "{":
        return load_documents(text, name)
    # JSON, which unlike YAML may be indented by tabs, or a mapping of YAML in braces
    try:
        return [_json(text, name)]
    except BadInputError as no_json:
        try:
            return list(load_documents(text, name))
        except BadInputError:
            raise no_json from None


def _unlisted(value: object, place: Place, depth: int) -> Iterator[tuple[object, Place]]:
    """An object, or each item of a List. Items of a typed list (`PodList`) may leave their kind to the list."""
    kind = value.get("kind") if isinstance(value, Mapping) else None
    items = value.get("items") if isinstance(value, Mapping) else None
    if not (isinstance(value, Mapping) and isinstance(kind, str) and kind.endswith("List") and isinstance(items, list)):
        yield value, place
        return
    if depth == DEEPEST_LIST:
        yield None, place
        return
    said = {} if kind == "List" else {"kind": kind.removesuffix("List"), "apiVersion": value.get("apiVersion")}
    for number, item in enumerate(items, start=1):
        # the line where YAML knows it; JSON's items are counted
        at = Place(place.file, getattr(item, "line", number))
        yield from _unlisted({**said, **item} if isinstance(item, Mapping) else item, at, depth + 1)


def _json(text: str, name: str) -> object:
    try:
        value: object = json.loads(text, object_pairs_hook=_once)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise BadInputError("kubernetes.json_syntax", file=name, line=error.lineno, reason=error.msg) from error
    except UnicodeEncodeError as error:
        raise BadInputError("kubernetes.json_surrogate", file=name) from error
    except RecursionError as error:
        raise BadInputError("kubernetes.json_deep", file=name) from error
    except ValueError as error:
        raise BadInputError("kubernetes.json_value", file=name, reason=str(error)) from error
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f'"{shown(counts.most_common(1)[0][0])}" twice in one object')
    return values
