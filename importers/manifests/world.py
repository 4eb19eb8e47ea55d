"""What files say, row by row checked as an import checks it, and what of them could not be used."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graph.records.kept_graph import Ends
from graph.values import State, shown
from importers.compose.project import Project
from importers.compose.services import service_id
from importers.direct import settling
from importers.kubernetes.objects import Unread, Workload
from importers.model import Finding, Request, Source
from importers.plan import Plan, read_all

COMPOSE, KUBERNETES = "compose", "kubernetes"
SOURCES = (COMPOSE, KUBERNETES)


@dataclass(frozen=True, slots=True)
class Made:
    """How something that runs is made: a digest of what it is made anew for, whether one after another is, how many."""

    digest: str
    rolls: bool
    replicas: int


@dataclass
class World:
    """What one side of a comparison holds.

    `cis`: fields of each CI; `confirmed`: those that a label says are CIs of the register, with fields of its own.
    `related`: fields of each relationship. `made`: of what runs, where that is known. `prefixes`: how the ids begin of
    all that this data source makes in these scopes. `rejected`, `unresolved`: what could not be used, or names nobody.
    `unread`: kinds of objects that make nothing here, with how many there are.
    """

    source: str
    prefixes: Sequence[str] = ()
    cis: dict[str, State] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    related: dict[Ends, State] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    rejected: list[Finding] = field(default_factory=list)
    unresolved: list[Finding] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)

    @property
    def project(self) -> str | None:
        """The Compose project, where it is one."""
        return self.prefixes[0][len("compose:") : -1] if len(self.prefixes) == 1 and self.source == COMPOSE else None

    @property
    def owned(self) -> Iterator[str]:
        """Its own CIs, and those that it confirms."""
        yield from self.cis
        yield from self.confirmed


def world_of(source: Source, request: Request) -> World:
    """Read files.

    Raises
    ------
    BadInputError
        What an import raises for files that cannot be read at all, naming the file and the line.
    """
    world, projects = World(source.name), list[str]()
    with settling() as plan:
        documents = _noted(source.get(request), world, request, projects)
        parts = list(source.transform(documents, request))
        read_all(plan, parts, request.ontology, request.settings.timezone, source.name)
        _take(plan, world, [Path(each) for each in request.paths])
    scopes = [part.scope for part in parts]
    world.prefixes = [f"compose:{name}/" for name in projects] or [f"{scope}/" for scope in scopes]
    if source.name == KUBERNETES and request.scope is not None:
        world.prefixes = sorted({ci.rpartition("/")[0].rpartition("/")[0] + "/" for ci in world.cis})
    return world


def _noted(documents: Iterable[object], world: World, request: Request, projects: list[str]) -> Iterator[object]:
    for document in documents:
        match document:
            case Project():
                projects.append(document.name)
                for each in document.services:
                    own = service_id(document.name, each.name)
                    world.made[each.ci_id or own] = Made(each.digest, rolls=False, replicas=each.replicas)
            case Workload(identity=identity):
                own = f"k8s:{request.cluster}/{identity.namespace}/{identity.kind}/{identity.name}"
                world.made[identity.ci_id or own] = Made(document.digest, document.rolls, document.replicas)
            case Unread(kind=kind):
                world.unread[kind] = world.unread.get(kind, 0) + 1
        yield document


def _take(plan: Plan, world: World, roots: Sequence[Path]) -> None:
    for _, row in plan.rows("ci"):
        if row.partial:
            world.confirmed.add(row.key)
        else:
            world.cis[row.key] = dict(row.given)
    for spool in ("plain", "grouped"):
        for _, row in plan.rows(spool):
            world.related[row.source, row.type, row.target] = dict(row.given)
    world.rejected = [_placed(each, roots) for each in (*plan.rejected, *plan.conflicts)]
    world.unresolved = [_placed(each, roots) for each in plan.unresolved]


def _placed(finding: Finding, roots: Sequence[Path]) -> Finding:
    # below what was asked about: where that lies is nobody's business, and another one every time
    path = Path(finding.place.file)
    for root in roots:
        if path.is_relative_to(root):
            name = path.name if path == root else (Path(root.name) / path.relative_to(root)).as_posix()
            return replace(finding, place=finding.place._replace(file=name))
    return finding


def place_of(finding: Finding) -> str:
    """Where something could not be used, as one word: `web.yaml:12`."""
    line = f":{finding.place.line}" if finding.place.line else ""
    return f"{shown(finding.place.file)}{line}"
