"""Files become one layer: variables filled in, services extended, other files included (Compose specification)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from graph.values import shown
from importers.compose.extends import Extending, Origin
from importers.compose.files import Files
from importers.compose.layer import Declared, Layer, Table, differing, stacked, united
from importers.compose.refused import Refused
from importers.compose.shapes import Fields, beside, canonical_resource, mapping_of, sequence_of, text_of
from importers.compose.variables import filled_document
from importers.model import Finding, Place
from importers.safe_yaml import Tagged, YamlMap

MOST_INCLUDES = 1_000  # of one project; a file that includes two that include two … ends here
_NAME = re.compile(r"[A-Za-z0-9._-]+")  # of services, volumes and networks (Compose's schema)


@dataclass(frozen=True, slots=True)
class Context:
    """How a file is read: where its relative paths start, its variables, and the files that include it."""

    folder: Path
    variables: Mapping[str, str]
    chain: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """One entry of `include`; without `env_files` the `.env` of its folder counts."""

    line: int
    paths: Sequence[Path]
    folder: Path
    env_files: Sequence[Path] | None


class Assembly:
    """Puts the files of one project together. What is left out goes to `findings`; `included` are files drawn in."""

    def __init__(self, files: Files, findings: list[Finding]) -> None:
        self._files, self._findings = files, findings
        self.included: set[Path] = set()
        self._includes = 0

    def stack(self, paths: Sequence[Path], context: Context) -> Layer:
        """Files merged in their order; one that is refused is left out.

        Raises
        ------
        BadInputError
            What is no YAML (first level).
        """
        layer = Layer()
        for path in paths:
            try:
                documents = self._file(path, context)
            except Refused as refused:
                self._findings.append(refused.finding(Place(self._files.shown(path))))
            else:
                layer = reduce(stacked, documents, layer)
        return layer

    def _file(self, path: Path, context: Context) -> list[Layer]:
        """A layer for each document, in which `!reset` and `!override` still wait for what they are laid on."""
        extending = Extending(lambda other: self._services_of(other, context.variables))
        filled = self._filled(path, context.variables)
        return [self._document(path, document, context, extending) for document in filled]

    def _filled(self, path: Path, variables: Mapping[str, str]) -> Iterator[YamlMap]:
        undefined: dict[str, int] = {}
        for document in self._files.documents(path):
            made = filled_document(document, variables, undefined)
            self._files.say_undefined(path, undefined)
            yield made

    def _services_of(self, path: Path, variables: Mapping[str, str]) -> YamlMap:
        """The services of a file that is extended from; of several documents the last one's count."""
        made = YamlMap(1)
        for document in self._filled(path, variables):
            services = _table(document, "services")
            made.update(services)
            made.lines.update(services.lines)
        return made

    def _document(self, path: Path, document: YamlMap, context: Context, extending: Extending) -> Layer:
        services = _table(document, "services")
        origin = Origin(path, context.folder, services)
        layer = Layer(
            self._declared(services, "services", path, lambda name, _: extending.fields(name, origin)),
            *(self._resources(_table(document, kind), kind, path) for kind in ("volumes", "networks")),
        )
        for include in _includes(document, context.folder):
            other = self._included(include, path, context)
            for name, there in differing(layer, other):
                at = f"{there.place.file}:{there.place.line}"
                raise Refused("service_twice", line=include.line, field=f"services.{name}", service=name, other=at)
            layer = united(layer, other)
        return layer

    def _resources(self, table: YamlMap, kind: str, path: Path) -> Table:
        return self._declared(
            table, kind, path, lambda name, value: canonical_resource(value, kind, table.line_of(name))
        )

    def _declared(self, table: YamlMap, kind: str, path: Path, canonical: Callable[[str, object], Fields]) -> Table:
        """What a file declares under `kind`; an entry that is refused is left out alone."""
        made: Table = {}
        for name, value in table.items():
            place = Place(self._files.shown(path), table.line_of(name))
            tag, inner = (value.tag, value.value) if isinstance(value, Tagged) else (None, value)
            try:
                _check_name(name)
                fields = {} if tag == "!reset" else canonical(name, inner)
            except Refused as refused:
                refused.field = ".".join((kind, shown(name), *([refused.field] if refused.field else [])))
                self._findings.append(refused.finding(place))
            else:
                made[name] = Declared(place, (inner,), fields, tag)
        return made

    def _included(self, include: Include, path: Path, context: Context) -> Layer:
        self._includes += 1
        chain = (*context.chain, path)
        if self._includes > MOST_INCLUDES:
            raise Refused("include_many", line=include.line, field="include", most=MOST_INCLUDES)
        for other in include.paths:
            if other in chain:
                circle = " → ".join(map(self._files.shown, (*chain[chain.index(other) :], other)))
                raise Refused("include_circle", line=include.line, field="include", files=circle)
            self._reachable(other, include.line)
        self.included.update(include.paths)
        by = Place(self._files.shown(path), include.line)
        variables = dict(context.variables)
        for file in reversed([include.folder / ".env"] if include.env_files is None else include.env_files):
            # what stands in a later file, and before all in the including project, is stronger
            variables = self._files.variables(file, variables, required=include.env_files is not None, by=by)
        return self.stack(include.paths, Context(include.folder, variables, chain))

    def _reachable(self, path: Path, line: int) -> None:
        try:
            self._files.check(path)
        except Refused as refused:
            refused.line, refused.field = line, "include"
            raise


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refused("name", name=shown(name))


def _table(document: YamlMap, kind: str) -> YamlMap:
    value = document.get(kind)
    return mapping_of(value.value if isinstance(value, Tagged) else value, kind, document.line_of(kind))


def _includes(document: YamlMap, folder: Path) -> Iterator[Include]:
    line = document.line_of("include")
    for entry in sequence_of(document.get("include") or [], "include", line):
        said = entry if isinstance(entry, YamlMap) else {"path": entry}
        at = entry.line if isinstance(entry, YamlMap) else line
        paths = _paths(said.get("path"), folder, at)
        if not paths:
            raise Refused("shape_path", line=at, field="include")
        own = said.get("project_directory")
        inside = Path(beside(folder, text_of(own, "include", at))) if own else paths[0].parent
        env_files = None if said.get("env_file") is None else _paths(said["env_file"], folder, at)
        yield Include(at, paths, inside, env_files)


def _paths(value: object, folder: Path, line: int) -> list[Path]:
    written = [text_of(item, "include", line) for item in sequence_of(value or [], "include", line)]
    for path in written:
        if "://" in path or path.startswith("git@"):
            raise Refused("include_remote", line=line, field="include", path=shown(path))
    return [Path(beside(folder, path)) for path in written if path]
