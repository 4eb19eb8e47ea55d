"""Folders and files become Compose projects: everything that touches the disk, and everything Compose merges."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from graph.errors import BadInputError
from graph.values import shown
from importers.compose.assembly import Assembly, Context
from importers.compose.files import Files
from importers.compose.folders import Found, project_name, projects_in
from importers.compose.layer import Declared, Layer, agree, united
from importers.compose.project import Project
from importers.compose.refused import Refused
from importers.compose.services import resource_of, service_of
from importers.compose.variables import filled
from importers.model import Finding, Place, Request
from importers.safe_yaml import YamlMap

Made = TypeVar("Made")


def read_projects(request: Request) -> Iterator[Project]:
    """The projects of all paths.

    Raises
    ------
    BadInputError
        `compose.*` or `yaml.*`: a path that is not there, what is no YAML, a project without a usable name, two
        projects of one name (first level).
    """
    by_name: dict[str, Path] = {}
    for found in projects_in(request):
        project = _project(found, request.project)
        if project.name in by_name:
            folders = f"{by_name[project.name]}, {found.folder}"
            raise BadInputError("compose.project_twice", project=project.name, folders=folders)
        by_name[project.name] = found.folder
        yield project


def _project(found: Found, given: str | None) -> Project:
    findings: list[Finding] = []
    files = Files(found, findings)
    variables = files.variables(found.folder / ".env", {}, required=False)
    name = project_name(
        [given, _written_name(found, files, variables), variables.get("COMPOSE_PROJECT_NAME")], found.folder
    )
    layer = _assembled(found, files, {**variables, "COMPOSE_PROJECT_NAME": name}, findings)
    _say_missing_env_files(layer, files)
    return Project(
        name,
        Place(str(found.folder)),
        _kept(layer.services, lambda key, declared: service_of(name, key, declared), "services", findings),
        _kept(layer.volumes, lambda key, declared: resource_of("volume", name, key, declared), "volumes", findings),
        _kept(layer.networks, lambda key, declared: resource_of("network", name, key, declared), "networks", findings),
        findings,
    )


def _written_name(found: Found, files: Files, variables: Mapping[str, str]) -> str | None:
    """What `name:` says at the top: of merged files the last that has one, of several stacks the first."""
    for stack in found.stacks:
        if found.walked and stack[0].parent != found.folder:
            break
        for path in reversed(stack):
            names = [name for document in _readable(files, path) if isinstance(name := document.get("name"), str)]
            if names:
                return _filled_name(names[-1], variables)
    return None


def _readable(files: Files, path: Path) -> Sequence[YamlMap]:
    try:
        return files.documents(path)
    except Refused:
        return []  # said where the file itself is put together


def _filled_name(name: str, variables: Mapping[str, str]) -> str | None:
    try:
        return filled(name, variables, set())
    except Refused:
        return None  # said where the file itself is put together


def _assembled(found: Found, files: Files, variables: Mapping[str, str], findings: list[Finding]) -> Layer:
    assembly = Assembly(files, findings)
    layers: list[Layer] = []
    for stack in found.stacks:
        if stack[0] in assembly.included:
            continue  # a part of the project already, read as the including file says
        folder = stack[0].parent if found.walked else found.folder
        layers.append(assembly.stack(stack, Context(folder, variables)))
    made = Layer()
    for layer in _agreeing(layers, findings):
        made = united(made, layer)
    return made


def _agreeing(layers: Sequence[Layer], findings: list[Finding]) -> Iterator[Layer]:
    """The layers without those that define one service differently; these are told, each naming another."""
    defining: dict[str, list[tuple[int, Declared]]] = {}
    for number, layer in enumerate(layers):
        for name, declared in layer.services.items():
            defining.setdefault(name, []).append((number, declared))
    left_out: set[int] = set()
    for name, all_of_it in defining.items():
        for number, declared in all_of_it:
            unlike = next((other for _, other in all_of_it if not agree(declared, other)), None)
            if unlike is not None:
                left_out.add(number)
                findings.append(_told(name, declared, unlike))
    return (layer for number, layer in enumerate(layers) if number not in left_out)


def _told(name: str, here: Declared, there: Declared) -> Finding:
    other = f"{there.place.file}:{there.place.line}"
    refused = Refused("service_twice", field=f"services.{shown(name)}", service=shown(name), other=other)
    return refused.finding(here.place)


def _say_missing_env_files(layer: Layer, files: Files) -> None:
    """What services want and is not there; none of these files is read."""
    for name, declared in layer.services.items():
        wanted = declared.fields.get("env_file")
        for path, said in wanted.items() if isinstance(wanted, Mapping) else ():
            required = said.get("required") not in (False, "false")
            if required and not path.startswith("~") and not Path(path).is_file():
                files.say_missing(Path(path), declared.place, f"services.{name}.env_file")


def _kept(
    table: Mapping[str, Declared], make: Callable[[str, Declared], Made], kind: str, findings: list[Finding]
) -> list[Made]:
    """What could be made of each entry; the others are told."""
    made: list[Made] = []
    for key, declared in table.items():
        try:
            made.append(make(key, declared))
        except Refused as refused:
            refused.field = ".".join((kind, key, *([refused.field] if refused.field else [])))
            findings.append(refused.finding(declared.place))
    return made
