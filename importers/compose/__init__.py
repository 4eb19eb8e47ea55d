"""Docker Compose files become containers, volumes, networks and software releases."""

from collections.abc import Iterator
from typing import Final

from importers.compose.project import Project
from importers.compose.reading import read_projects
from importers.compose.transform import seen_in
from importers.model import Part, Request


class _Compose:
    """The data source `compose`. Its scopes are the projects, and every run is a full one of them."""

    name: Final = "compose"
    always_full: Final = True

    def get(self, request: Request) -> Iterator[Project]:
        """The projects of all paths; see `read_projects`."""
        return read_projects(request)

    def transform(self, documents: Iterator[object], request: Request) -> Iterator[Part]:
        """One part for each project, its scope the project's name unless the user named one."""
        for document in documents:
            if isinstance(document, Project):
                yield Part(request.scope or document.name, seen_in(document))


SOURCE = _Compose()
