"""Types and root fields of the schema: whether a service comes back in the time promised, and what decides that."""

from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.continuity import Continuity
from api.schema.failures import InvalidInput, UnknownCi, failure_of
from api.schema.impacts import SeedInput, State
from api.schema.items import AsOf, Ci, ci_at
from api.schema.paging import Long
from api.schema.reading import Info, computed, reading_of
from graph.errors import BadInputError
from graph.estate import Estate
from graph.records.scenarios import scenario_of
from graph.store.tables import table
from queries.service_recovery import ServiceRecovery

Service = Annotated[str, strawberry.argument(description="The `ciId` of a service, or of any other CI.")]
ScenarioId = Annotated[str | None, strawberry.argument(description="What is lost, as a scenario of the register.")]
Lost = Annotated[
    list[SeedInput] | None,
    strawberry.argument(description="What is lost, by CI; with neither all that the service rests on."),
]
Physical = Annotated[bool, strawberry.argument(description="Whether what stands in what is lost is lost with it.")]
Measured = Annotated[
    str | None, strawberry.argument(description="In which availability is measured: `2026-10`; null: last month.")
]


@strawberry.type(description="What may be lost at once, as the register has it.")
class Scenario:
    """A record of the table `scenarios`."""

    scenario_id: str = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="What people call it.")
    seeds: list[str] = strawberry.field(description="CIs and queries that say what is lost.")
    physical: bool = strawberry.field(description="Whether what stands in what is lost is lost with it.")


@strawberry.type(description="A CI on the way that decides when the service is back.")
class RecoveryStep:
    """A step of a critical path; seconds."""

    own: float | None = strawberry.field(description="Seconds that it needs itself; null: not known.")
    finish: float | None = strawberry.field(description="When it is back, in seconds; null: not known or never.")
    slack: float | None = strawberry.field(description="Seconds that it may take longer; null: see `slackReason`.")
    slack_reason: str | None = strawberry.field(description="`unlimited` or `unknown`, where there is no number.")
    by: str | None = strawberry.field(description="What it waits for: `own`, `failover`, `group` or `order`.")
    ci_id: str = strawberry.field(description="The identifier of the CI.")
    at: strawberry.Private[int]

    @strawberry.field(description="The CI.")
    async def ci(self, info: Info) -> Ci | None:
        """It, as it was."""
        return await ci_at(info, self.ci_id, self.at)


@strawberry.type(description="A CI that would bring the service back sooner.")
class Improvement:
    """What one CI's failover would save."""

    saves: float | None = strawberry.field(description="Seconds.")
    ci_id: str = strawberry.field(description="The identifier of the CI.")
    at: strawberry.Private[int]

    @strawberry.field(description="The CI.")
    async def ci(self, info: Info) -> Ci | None:
        """It, as it was."""
        return await ci_at(info, self.ci_id, self.at)


@strawberry.type(description="CIs that can be started at the same time.")
class Wave:
    """A wave of a recovery."""

    at: float | None = strawberry.field(description="When, in seconds.")
    ci_ids: list[str] = strawberry.field(description="Their identifiers, sorted.")


@strawberry.type(description="How a service comes back.")
class Recovery:
    """An answer of `continuity` (ANSWERS), durations in seconds; null where they are not known or infinite."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    state: State = strawberry.field(description="How the service stands after the loss.")
    scenario: str | None = strawberry.field(description="The scenario that was asked about.")
    physical: bool = strawberry.field(description="Whether the loss is physical.")
    effective_recovery_time: float | None = strawberry.field(description="Seconds until it is back.")
    lower_bound: float | None = strawberry.field(description="Seconds that it takes at the least.")
    upper_bound: float | None = strawberry.field(description="Seconds that it takes at the most.")
    upper_reason: str | None = strawberry.field(description="Why there is none: `unknown`, `circular` or `never`.")
    rto: float | None = strawberry.field(description="Seconds that were promised.")
    meets_rto: str | None = strawberry.field(description="`kept`, `missed` or `unknown`; null: nothing was promised.")
    mtpd: float | None = strawberry.field(description="Seconds of disruption that are tolerable at the most.")
    meets_mtpd: str | None = strawberry.field(description="The same of that.")
    critical_path: list[RecoveryStep] = strawberry.field(
        description="What decides it, from the service down to what it waits for."
    )
    improvement: list[Improvement] = strawberry.field(description="What would help most, first.")
    waves: list[Wave] = strawberry.field(description="What can be started together, in order.")
    never: list[str] = strawberry.field(description="Identifiers of CIs that never come back.")
    unknown: list[str] = strawberry.field(description="Identifiers of CIs whose time is not recorded.")
    answer: JSON = strawberry.field(description="All of it, circles, data loss and availability too (ANSWERS).")
    service_id: strawberry.Private[str]

    @strawberry.field(description="The service.")
    async def service(self, info: Info) -> Ci | None:
        """It, as it was."""
        return await ci_at(info, self.service_id, int(self.revision))


RecoveryResult = Annotated[
    Recovery | UnknownCi | InvalidInput,
    strawberry.union("ContinuityResult", description="A recovery, or what was wrong with the question."),
]


@strawberry.type
class RecoveryQuery:
    """Continuity."""

    @strawberry.field(description="Whether a service is back in the time promised, after a loss, and what decides it.")
    async def continuity(
        self, info: Info, service: Service, scenario: ScenarioId = None, seeds: Lost = None,
        physical: Physical = False, period: Measured = None, as_of: AsOf = None,
    ) -> RecoveryResult:  # fmt: skip
        """How one service comes back, now or at a moment."""
        reading = reading_of(info)
        lost = [(seed.ci_id, seed.effect.name.lower()) for seed in seeds or ()]
        try:
            _together(scenario, lost, physical=physical)
            estate = await reading.estate(await reading.revision_at(as_of))
        except BadInputError as error:
            return failure_of(error, reading, "seeds" if scenario is not None or physical else "asOf")

        def answered() -> tuple[ServiceRecovery, dict[str, Any]]:
            found = Continuity(reading.register, estate, period).answer(service, scenario, lost, physical=physical)
            return found, found.plain()

        try:
            found, plain = await computed(answered)
        except BadInputError as error:
            return failure_of(error, reading, _argument(error))
        return _recovery(found.estate, plain)

    @strawberry.field(description="What may be lost at once, in the order of the identifiers.")
    async def scenarios(self, info: Info) -> list[Scenario]:
        """All scenarios of the register."""
        reading = reading_of(info)
        at = (await reading.estate()).revision
        found = await computed(lambda: table(reading.register.store, "scenarios", scenario_of, revision=at))
        return [
            Scenario(scenario_id=each.scenario_id, name=each.name, seeds=list(each.seeds), physical=each.physical)
            for each in found
        ]


def _together(scenario: str | None, lost: list[tuple[str, str]], *, physical: bool) -> None:
    if scenario is not None and lost:
        raise BadInputError("continuity.two_losses")
    if physical and not lost:
        raise BadInputError("continuity.physical_of_nothing")


def _argument(error: BadInputError) -> str:
    key = error.message.key
    if key.startswith("kpi."):
        return "period"
    if "scenario" in key:
        return "scenario"
    return "seeds" if key == "continuity.effect" else "service"


def _recovery(estate: Estate, plain: dict[str, Any]) -> Recovery:
    steps, at = plain["critical_path"], estate.revision
    same = ("scenario", "physical", "effective_recovery_time", "lower_bound", "upper_bound", "upper_reason", "rto",
            "meets_rto", "mtpd", "meets_mtpd", "never", "unknown")  # fmt: skip
    return Recovery(
        revision=Long(at),
        state=State[plain["state"].upper()],
        **{name: plain[name] for name in same},
        critical_path=[
            RecoveryStep(**{k: step[k] for k in ("ci_id", "own", "finish", "slack", "slack_reason", "by")}, at=at)
            for step in steps
        ],
        improvement=[Improvement(ci_id=each["ci_id"], saves=each["saves"], at=at) for each in plain["improvement"]],
        waves=[Wave(at=each["at"], ci_ids=each["ci_ids"]) for each in plain["waves"]],
        answer=JSON(plain),
        service_id=plain["service"],
    )
