"""What `faultline review` is asked about: a change of the register, a proposed one, or the plan of a pipeline."""

import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.moments import moment_of, range_of
from api.scheduling import Schedule, document_of, in_file, is_file
from graph.errors import BadInputError
from graph.records.changes import Change
from graph.records.windows import Window
from graph.values import shown
from importers.terraform.plan import LOG, is_plan, plan_of
from importers.terraform.plan_map import PlanMap, plan_map_of
from importers.terraform.proposing import PlanChange, plan_change

if TYPE_CHECKING:
    from importers.manifests.proposing import ManifestChange

LOOKED_AT = 4_096  # characters of a file by which a log is told from a plan


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What is given beside a plan: the map of its resources, and when it is to be applied."""

    map_file: Path | None = None
    start: str | None = None
    end: str | None = None

    @property
    def given(self) -> list[str]:
        """The options that are there, as they are written."""
        named = (("--map", self.map_file), ("--from", self.start), ("--to", self.end))
        return [name for name, value in named if value is not None]

    def window(self, zone: str) -> dict[str, Any] | None:
        """The window, in UTC; without an end where only a start is given, `None` where neither is."""
        if self.start is None:
            if self.end is not None:
                raise BadInputError("terraform.no_start")
            return None
        if self.end is None:
            return {"start": moment_of(self.start, zone, "--from").isoformat(), "zone": zone}
        start, end = range_of(self.start, self.end, zone)
        return {"start": start.isoformat(), "end": end.isoformat(), "zone": zone}


@dataclass(frozen=True, slots=True)
class Question:
    """The change under review with the outages agreed for it; `plan`, `manifests`: where it is one."""

    change: Change
    agreed: Sequence[Window]
    plan: PlanChange | None = None
    manifests: "ManifestChange | None" = None


def question_of(schedule: Schedule, what: str, options: PlanOptions) -> Question:
    """The change that an id or a file means.

    Raises BadInputError `review.unknown_change`; `terraform.*` for a plan, and options of plans without one;
    `edits.*`, `yaml.*` and `review.unreadable` for a file.
    """
    if is_file(what):
        path = Path(what)
        _refuse_other_forms(path)
        document = document_of(path)
        if is_plan(document):
            return _of_plan(schedule, document, path.name, options)
        _refuse_options(options)
        with in_file(path.name):
            found = schedule.proposed(document)
        return Question(found.change, found.agreed)
    _refuse_options(options)
    return Question(schedule.stored(what), ())


def _refuse_options(options: PlanOptions) -> None:
    if options.given:
        raise BadInputError("terraform.only_plans", options=", ".join(options.given))


def _refuse_other_forms(path: Path) -> None:
    # the plan itself is an archive, and what `plan -json` prints is its progress; what cannot be read is told later
    names: list[str] = []
    try:
        with path.open("rb") as file:
            head = file.read(LOOKED_AT)
        if head.startswith(b"PK"):
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return
    if "tfplan" in names:
        raise BadInputError("terraform.binary", file=path.name)
    if LOG.match(head.decode("utf-8", "replace")):
        raise BadInputError("terraform.log", file=path.name)


def _of_plan(schedule: Schedule, document: Any, name: str, options: PlanOptions) -> Question:
    plan_map = PlanMap()
    if options.map_file is not None:
        with in_file(options.map_file.name):
            plan_map = plan_map_of(document_of(options.map_file))
    window = options.window(schedule.register.settings.timezone)
    title = f"Terraform: {shown(name)}"
    made = plan_change(plan_of(document, name), plan_map, _Known(schedule), title, window)
    with in_file(name):
        found = schedule.proposed(made.document)
    return Question(found.change, found.agreed, made)


class _Known:
    """The CIs of the register, as resources are looked for in it."""

    def __init__(self, schedule: Schedule) -> None:
        self._holding, self._estate = schedule.holding, schedule.estate

    def has(self, ci_id: str) -> bool:
        """Whether there is a CI of this id, not retired."""
        return self._estate.find(ci_id) is not None

    def holders(self, field: str, values: Collection[str]) -> Mapping[str, str]:
        """By value the CI that alone has it in this field."""
        found = self._holding.holders(field, values)
        living = {value: [ci_id for ci_id in ci_ids if self.has(ci_id)] for value, ci_ids in found.items()}
        return {value: ci_ids[0] for value, ci_ids in living.items() if len(ci_ids) == 1}
