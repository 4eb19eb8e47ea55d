"""`faultline continuity`: whether a service is back in the time promised, what decides that, and what would help."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from api.cli.answers import parse_seeds
from api.cli.door import Door, t, told
from api.cli.progress import estate_of
from api.cli.scenario_matrix import kind_of_loss, show_matrix
from api.cli.usage import Command
from api.words import lasting, named
from graph.errors import BadInputError

if TYPE_CHECKING:
    from queries.promises import Availability
    from queries.service_recovery import ServiceRecovery

FEW = 5  # circles, improvements, waves and missing times that the text names


@click.command("continuity", cls=Command, help=t("cli.continuity_help"))
@click.argument("services", nargs=-1, metavar="SERVICE...")
@click.option("--scenario", "scenarios", multiple=True, metavar="S", help=t("cli.scenario_help"))
@click.option("--matrix", "as_matrix", is_flag=True, help=t("cli.matrix_help"))
@click.option("--seeds", multiple=True, metavar="CI[=EFFECT]", help=t("cli.seeds_help"))
@click.option("--physical", is_flag=True, help=t("cli.physical_help"))
@click.option("--period", metavar="P", help=t("cli.measured_period_help"))
@click.option("--as-of", help=t("cli.as_of_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def continuity_command(
    door: Door, /, services: tuple[str, ...], as_matrix: bool, period: str | None, as_of: str | None, as_json: bool,
    **lost: Any,
) -> None:  # fmt: skip
    """Recovery of services."""
    from api.continuity import Continuity
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        asked = _Asked(services, as_matrix, period, **lost)
        asked.check()
        scenarios, wanted = asked.scenarios, parse_seeds(asked.seeds) if asked.seeds else []
        with open_register(door.settings) as register:
            register_then = Continuity(register, estate_of(door, register, register.revision_of(as_of)), period)
            if as_matrix:
                matrix = register_then.matrix(services, list(dict.fromkeys(scenarios)))
                if as_json:
                    door.answer(matrix.plain())
                else:
                    show_matrix(door, matrix)
                return
            scenario = scenarios[0] if scenarios else None
            found = [register_then.answer(each, scenario, wanted, physical=asked.physical) for each in services]
            if as_json:
                results = [one.plain() for one in found]
                revision = {"revision": register_then.estate.revision}
                door.answer({**revision, **(results[0] if len(results) == 1 else {}), "results": results})
                return
            for number, one in enumerate(found):
                if number:
                    click.echo()
                _Told(door, one).all()


@dataclass(frozen=True)
class _Asked:
    services: tuple[str, ...]
    as_matrix: bool
    period: str | None
    scenarios: tuple[str, ...]
    seeds: tuple[str, ...]
    physical: bool

    def check(self) -> None:
        """Refuse what does not go together."""
        if self.as_matrix and (self.seeds or self.physical or self.period is not None):
            raise BadInputError("continuity.matrix_of_scenarios")
        if not (self.as_matrix or self.services):
            raise BadInputError("continuity.no_service")
        if self.scenarios and self.seeds:
            raise BadInputError("continuity.two_losses")
        if len(self.scenarios) > 1 and not self.as_matrix:
            raise BadInputError("continuity.one_scenario")
        if self.physical and not self.seeds:
            raise BadInputError("continuity.physical_of_nothing")


class _Told:
    """The answer for one service as text."""

    def __init__(self, door: Door, found: "ServiceRecovery") -> None:
        self.out, self.say, self.found, self.path = door.out, door.texts, found, found.path

    def all(self) -> None:
        self.out.print(self._sentence(), style="bold")
        for promise in (self._promise(), self._disruption(), self._data()):
            if promise:
                self.out.print(promise, style="bold")
        self.out.print(self.say("impact.revision", revision=self.found.estate.revision), style="dim")
        for part in (self._circles, self._never, self._way, self._improvement, self._missing, self._waves,
                     self._availability, self._notes):  # fmt: skip
            part()

    def _sentence(self) -> str:
        say, path = self.say, self.path
        words = {"loss": self._loss(), "name": named(self.found.estate, self.found.service, self.say)}
        if path.effective == 0 and self._state != "outage":  # else a failover takes no time
            return say("continuity.stays", **words, state=say(f"impact.state_{self._state}"))
        if not math.isnan(path.effective):
            return say("continuity.back", **words, time=self._time(path.effective))
        if path.upper_reason in ("circular", "never"):
            return say(f"continuity.{path.upper_reason}", **words)
        if path.upper_bound < math.inf:
            return say(
                "continuity.between", **words, low=self._time(path.lower_bound), high=self._time(path.upper_bound)
            )
        return say("continuity.at_least", **words, time=self._time(path.lower_bound))

    @property
    def _state(self) -> str:
        return self.found.state.name.lower()

    def _loss(self) -> str:
        loss, say = self.found.loss, self.say
        kind = kind_of_loss(say, physical=loss.physical)
        if loss.scenario is not None:
            return say("continuity.in_scenario", scenario=loss.scenario, kind=kind)
        if loss.is_everything:
            return say("continuity.from_nothing")
        return say("continuity.of_cis", count=len(loss.hit), kind=kind)

    def _promise(self) -> str | None:
        if self.found.rto is None:
            return None
        return self.say(f"continuity.promise_{self.found.meets_rto}", rto=self._time(self.found.rto))

    def _disruption(self) -> str | None:
        if self.found.mtpd is None:
            return None
        return self.say(f"continuity.disruption_{self.found.meets_mtpd}", mtpd=self._time(self.found.mtpd))

    def _notes(self) -> None:
        for note in self.found.played.notes:
            self.out.print()
            self.out.print(self.say(note.key, **note.params))

    def _data(self) -> str | None:
        # of a loss that takes no data along, and of which nothing is promised, nothing is said
        rpo, say = self.found.rpo, self.say
        if not rpo.upper and rpo.promised is None:
            return None
        if not rpo.upper:
            told = say("continuity.data_none")
        elif rpo.upper < math.inf:
            ages = {"low": self._time(rpo.lower), "high": self._time(rpo.upper)}
            told = say("continuity.data" if rpo.lower == rpo.upper else "continuity.data_between", **ages)
        else:
            stores = say("impact.comma").join(self.found.oldest[:FEW])
            told = say(f"continuity.data_{rpo.upper_reason}", stores=stores)
        if rpo.promised is None:
            return told
        promise = say(f"continuity.data_promise_{rpo.meets}", rpo=self._time(rpo.promised))
        return say("continuity.both", first=told, second=promise)

    def _availability(self) -> None:
        found, say = self.found.availability, self.say
        if found is None:
            return
        self.out.print()
        target = found.promises.target
        promise = "" if target is None else say("continuity.target", target=_percent(target))
        self.out.print(say("continuity.availability") + promise)
        if found.reason is None:
            lost = self._time(found.measured.denominator - found.measured.numerator)
            words = {"period": found.period.id, "value": _percent(found.value or 0.0), "lost": lost}
            told = say("continuity.measured", **words, count=len(found.measured.outages))
            told = self._met(told, found.meets(found.value))
        else:
            told = say(
                "continuity.unmeasured", period=found.period.id, why=say(found.reason.key, **found.reason.params)
            )
        self.out.print(f"  {told}")
        self.out.print(f"  {self._modelled(found)}")

    def _modelled(self, found: "Availability") -> str:
        say, modelled = self.say, found.model()
        if modelled.value is None or modelled.low is None or modelled.high is None:
            names = say("impact.comma").join(self.found.estate.ids[ci] for ci in modelled.missing[:FEW])
            return say("continuity.unmodelled", count=len(modelled.missing), names=names)
        words = {name: _percent(getattr(modelled, name)) for name in ("value", "low", "high")}
        return self._met(say(f"continuity.modelled_{modelled.method}", **words), found.meets(modelled.value))

    def _met(self, told: str, meets: str | None) -> str:
        say = self.say
        return told if meets is None else say("continuity.both", first=told, second=say(f"continuity.target_{meets}"))

    def _time(self, seconds: float) -> str:
        return lasting(self.say, seconds)

    def _name(self, ci: int) -> str:
        return named(self.found.estate, ci, self.say)

    def _circles(self) -> None:
        path, say = self.path, self.say
        for number, circle in enumerate(path.cycles[:FEW]):
            ids = self.found.ids(circle)
            names = say("impact.comma").join(ids[:FEW]) + (f" (+{len(ids) - FEW})" if len(ids) > FEW else "")
            self.out.print()
            self.out.print(say("continuity.circle", names=names))
            starts = path.hand_starts[number] if number < len(path.hand_starts) else ()
            if starts and not math.isnan(starts[0].effective):
                words = {"relationship": self.found.relationship(starts[0]), "time": self._time(starts[0].effective)}
                self.out.print(f"  {say('continuity.hand_start', **words)}")
        self._rest(len(path.cycles))

    def _never(self) -> None:
        if len(self.path.never):
            self.out.print()
            self._listed("continuity.never_back", self.found.ids(self.path.never))

    def _way(self) -> None:
        path, say = self.path, self.say
        if not path.steps:
            return
        table = Table(box=None, pad_edge=False)
        for column in ("ci", "own", "finish", "slack", "by"):
            table.add_column(say(f"continuity.column_{column}"), justify="left" if column in ("ci", "by") else "right")
        for step, slack in zip(path.steps, path.slack.tolist(), strict=True):
            own, spare = ("—" if math.isnan(n) else self._time(n) if n < math.inf else "∞" for n in (step.own, slack))
            table.add_row(self._name(step.ci), own, self._time(step.finish), spare, say(f"continuity.by_{step.by}"))
        self.out.print()
        self.out.print(say("continuity.way" if not math.isnan(path.effective) else "continuity.way_at_least"))
        self.out.print(table)

    def _improvement(self) -> None:
        if not self.path.improvement and self.path.improvement_complete:
            return
        self.out.print()
        self.out.print(self.say("continuity.helps"))
        for ci, saves in self.path.improvement[:FEW]:
            self.out.print(f"  {self.say('continuity.saves', name=self._name(ci), time=self._time(saves))}")
        self._rest(len(self.path.improvement))
        if not self.path.improvement_complete:
            self.out.print(f"  {self.say('continuity.helps_some')}", style="dim")

    def _missing(self) -> None:
        if len(self.path.unknown):
            self.out.print()
            self._listed("continuity.missing", self.found.ids(self.path.unknown))

    def _waves(self) -> None:
        waves = self.path.waves
        if not waves:
            return
        self.out.print()
        self.out.print(self.say("continuity.waves", count=len(waves)))
        for wave in waves[:FEW]:
            ids = self.found.ids(wave.cis)
            names = self.say("impact.comma").join(ids[:FEW]) + (f" (+{len(ids) - FEW})" if len(ids) > FEW else "")
            self.out.print(f"  {self.say('continuity.wave', time=self._time(wave.at), names=names)}")
        self._rest(len(waves))

    def _listed(self, key: str, ids: list[str]) -> None:
        shown = self.say("impact.comma").join(ids[: 2 * FEW])
        self.out.print(self.say(key, count=len(ids), names=shown))
        self._rest(len(ids), 2 * FEW)

    def _rest(self, count: int, most: int = FEW) -> None:
        if count > most:
            self.out.print(f"  {self.say('continuity.more', count=count - most)}", style="dim")


def _percent(share: float) -> str:
    # so many digits that what is missing to all of the time is seen
    digits = 2 if share in (0, 1) else max(2, 1 - math.floor(math.log10(1 - share)) - 2)
    return f"{share:.{min(digits, 9)}%}"


COMMANDS = (continuity_command,)
