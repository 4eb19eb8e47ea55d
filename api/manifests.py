"""What `faultline review` is asked about where it is given manifests: files of Kubernetes or Compose, and folders."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.scheduling import YAML, Schedule, document_of, in_file
from api.terraform import PlanOptions, Question, question_of
from graph.errors import BadInputError
from graph.records.kept_graph import KeptGraph
from graph.values import shown
from importers.compose.folders import STEMS, SUFFIXES
from importers.model import Request
from importers.registry import source_named
from importers.safe_yaml import load_documents, read_text

if TYPE_CHECKING:
    from importers.manifests.manifest_map import ManifestMap
    from importers.manifests.proposing import ManifestChange
    from importers.manifests.world import World

COMPOSE, KUBERNETES = "compose", "kubernetes"


@dataclass(frozen=True, slots=True)
class ManifestOptions:
    """What is given beside manifests: what they were before, of which kind they are, and how ids begin."""

    before: Path | None = None
    kind: str | None = None
    project: str | None = None
    cluster: str = "default"

    @property
    def given(self) -> list[str]:
        """The options that are there, as they are written."""
        named = (("--before", self.before), ("--as", self.kind), ("--project", self.project))
        return [name for name, value in named if value is not None]


def asked_about(
    schedule: Schedule, what: Sequence[str], options: PlanOptions, manifests: ManifestOptions
) -> Question:  # fmt: skip
    """The change that ids, files and folders mean; see `question_of` for what is no manifest.

    Raises BadInputError `manifests.*`; `compose.*`, `kubernetes.*` and `yaml.*` for files that cannot be read at all.
    """
    kind = manifests.kind or _kind_of(what)
    if kind is not None:
        return _of_manifests(schedule, [Path(each) for each in what], kind, options, manifests)
    if manifests.given:
        raise BadInputError("manifests.only_manifests", options=", ".join(manifests.given))
    if len(what) > 1:
        raise BadInputError("manifests.several", given=shown(", ".join(what)))
    return question_of(schedule, what[0], options)


def _kind_of(what: Sequence[str]) -> str | None:
    for path in map(Path, what):
        if path.is_dir():
            return COMPOSE if _has_compose(path) else KUBERNETES
        if path.suffix.lower() in YAML and path.is_file():
            return _kind_of_file(path)
    return None


def _has_compose(folder: Path) -> bool:
    wanted = {f"{stem}{suffix}" for stem in STEMS for suffix in SUFFIXES}
    for _, inside, names in os.walk(folder):
        inside[:] = [name for name in inside if not name.startswith(".")]
        if wanted.intersection(names):
            return True
    return False


def _kind_of_file(path: Path) -> str | None:
    try:
        documents: Iterable[object] = load_documents(read_text(path, path.name), path.name)
        for document in documents:
            if isinstance(document, Mapping) and "format" not in document and "resource_changes" not in document:
                if "apiVersion" in document and "kind" in document:
                    return KUBERNETES
                if "services" in document:
                    return COMPOSE
    except BadInputError:
        return None  # said by whoever reads it
    return None


def _of_manifests(
    schedule: Schedule, paths: Sequence[Path], kind: str, options: PlanOptions, manifests: ManifestOptions
) -> Question:
    # what reads manifests also knows the store, and a plan is not to wait for that
    from importers.manifests.manifest_map import ManifestMap, manifest_map_of

    said = ManifestMap()
    if options.map_file is not None:
        with in_file(options.map_file.name):
            said = manifest_map_of(document_of(options.map_file))
    window = options.window(schedule.register.settings.timezone)
    made = _change(schedule, paths, kind, said, manifests, window)
    with in_file(paths[0].name or str(paths[0])):
        found = schedule.proposed(made.document)
    return Question(found.change, found.agreed, manifests=made)


def _change(
    schedule: Schedule, paths: Sequence[Path], kind: str, said: "ManifestMap", manifests: ManifestOptions,
    window: Mapping[str, object] | None,
) -> "ManifestChange":  # fmt: skip
    from importers.manifests.proposing import manifest_change, stored_world
    from importers.manifests.world import world_of

    source, holding = source_named(kind), schedule.holding
    request = Request(
        paths, schedule.register.settings, project=manifests.project, cluster=manifests.cluster,
        ontology=holding.ontology,
    )  # fmt: skip
    after = world_of(source, request)
    before: World | None = None
    if manifests.before is not None:
        # a folder of another name is the same project
        same = request.project or (after.project if kind == COMPOSE else None)
        before = world_of(source, replace(request, paths=[manifests.before], project=same))
    ids = schedule.estate.ids
    theirs = [ids[at] for prefix in after.prefixes for at in ids.beginning_with(prefix)]
    named = {*theirs, *after.owned, *(before.owned if before is not None else ())}
    named |= {end for ends in after.related for end in (ends[0], ends[2])}
    things = holding.things(named)
    kept = KeptGraph(
        {ci_id: thing.state for ci_id, thing in things[0].items()}, {ends: t.state for ends, t in things[1].items()}
    )
    title = f"{kind.capitalize()}: {shown(', '.join(path.name or str(path) for path in paths))}"
    return manifest_change(
        stored_world(after, theirs, things) if before is None else before, after, kept, said, holding.ontology,
        title, window, "register" if before is None else "files",
    )  # fmt: skip
