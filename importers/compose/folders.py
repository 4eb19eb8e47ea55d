"""Which Compose files belong together (INTERFACES, "What a folder is")."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import BadInputError
from graph.values import shown
from importers.model import Request

STEMS = ("compose", "docker-compose")
SUFFIXES = (".yaml", ".yml")
STANDARD_INPUT = "-"
_PROJECT_NAME = re.compile(
    r"[a-z0-9][a-z0-9_-]{0,99}"
)  # what Compose allows; the rest of an id's 200 is for the service


@dataclass(frozen=True, slots=True)
class Found:
    """The files of one project.

    `stacks`: files that are merged in their order, one stack beside the other. `folder` is the project's directory,
    where `.env` is looked for. Nothing outside of `fence` is read, except the files that the user named. `names`: what
    messages call a file, where that is not its path. `walked`: found in a folder, so paths in a file start beside it.
    """

    folder: Path
    fence: Path
    stacks: Sequence[Sequence[Path]]
    names: Mapping[Path, str]
    walked: bool


def projects_in(request: Request) -> list[Found]:
    """The projects of the paths: each folder's, and one of all files that were named themselves.

    Raises
    ------
    BadInputError
        `compose.not_found`, `compose.no_files`, `yaml.unreadable`; `compose.project_many` and `compose.scope_many`
        where one name was given for several projects.
    """
    found: list[Found] = []
    files: list[Path] = []
    names: dict[Path, str] = {}
    for given in request.paths:
        path = Path(given)
        if str(given) == STANDARD_INPUT and request.standard_input is not None:
            files.append(request.standard_input())
            names[files[-1]] = STANDARD_INPUT
        elif path.is_dir():
            found += _in_folder(path)
        elif path.exists():
            files.append(path)
        else:
            raise BadInputError("compose.not_found", file=str(given))
    if files:
        # as Compose does: the first file's folder, or for standard input the present one
        folder = Path() if files[0] in names else files[0].parent
        found.append(Found(folder, folder, [files], names, walked=False))
    for option, value in (("project", request.project), ("scope", request.scope)):
        if value is not None and len(found) > 1:
            raise BadInputError(f"compose.{option}_many", value=shown(value), count=len(found))
    return found


def _in_folder(folder: Path) -> list[Found]:
    """The project of a folder with a Compose file at its top, else those of its subfolders."""
    found: list[Found] = []
    stacks: list[list[Path]] = []
    root: Path | None = None
    for place, stacked in _walk(folder):
        if root is None or not place.is_relative_to(root):
            root, stacks = place, []
            found.append(Found(place, folder, stacks, {}, walked=True))
        stacks += stacked
    if not found:
        raise BadInputError("compose.no_files", file=str(folder))
    return found


def _walk(folder: Path) -> Iterator[tuple[Path, list[list[Path]]]]:
    """Folders with Compose files, in path order. Hidden ones are left out; links to folders may be circles."""
    for place, inside, names in os.walk(folder, onerror=_refuse):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        stacked = _stacks(Path(place), frozenset(names))
        if stacked:
            yield Path(place), stacked


def _refuse(error: OSError) -> None:
    raise BadInputError("yaml.unreadable", file=str(error.filename), reason=error.strerror or "") from error


def _stacks(place: Path, names: frozenset[str]) -> list[list[Path]]:
    """Each file of a standard name with the overrides of its stem on it; overrides alone are files like others."""
    stacks: list[list[Path]] = []
    for stem in STEMS:
        bases = [place / f"{stem}{suffix}" for suffix in SUFFIXES if f"{stem}{suffix}" in names]
        overrides = [place / f"{stem}.override{suffix}" for suffix in SUFFIXES if f"{stem}.override{suffix}" in names]
        if bases and overrides:
            stacks += [[bases[0], *overrides], *([base] for base in bases[1:])]
        else:
            stacks += [[file] for file in bases + overrides]
    return stacks


def project_name(candidates: Sequence[str | None], folder: Path) -> str:
    """The first name that is given, else the folder's as Compose normalises it.

    Raises
    ------
    BadInputError
        `compose.project_name`, for a name that Compose does not allow, or a folder whose name leaves nothing.
    """
    given = next((name for name in candidates if name), None)
    normal = re.sub(r"[^a-z0-9_-]", "", folder.resolve().name.lower()).lstrip("_-")
    name = normal if given is None else given
    if not _PROJECT_NAME.fullmatch(name):
        raise BadInputError("compose.project_name", value=shown(given or folder.resolve().name))
    return name
