"""`faultline spof`: where one failure is enough, ranked, and what is redundant on paper only."""

from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from api.cli.answers import parse_seeds
from api.cli.door import Door, t, told
from api.cli.progress import estate_of
from api.cli.usage import Command
from api.words import class_words, named

if TYPE_CHECKING:
    from graph.ontology import Ontology
    from queries.weak_points import WeakPoints

FEW = 5  # cuts, groups and shared providers that the text names


@click.command("spof", cls=Command, help=t("cli.spof_help"))
@click.argument("services", nargs=-1, required=True, metavar="SERVICE...")
@click.option("--while", "base", multiple=True, metavar="CI[=EFFECT]", help=t("cli.while_help"))
@click.option("--as-of", help=t("cli.as_of_help"))
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help=t("cli.spof_limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def spof_command(
    door: Door, services: tuple[str, ...], base: tuple[str, ...], as_of: str | None, limit: int, as_json: bool
) -> None:
    """Single points of failure of services."""
    from api.register import open_register
    from api.weaknesses import weaknesses
    from queries.blast_radius import seeds_of

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        estate = estate_of(door, register, register.revision_of(as_of))
        seeds = seeds_of(parse_seeds(base)) if base else {}
        found = [weaknesses(register, estate, service, seeds) for service in services]
        if as_json:
            results = [one.plain(limit=limit) for one in found]
            door.answer({"revision": estate.revision, **(results[0] if len(results) == 1 else {}), "results": results})
            return
        for number, one in enumerate(found):
            if number:
                click.echo()
            _Told(door, register.store.ontology, one).all(limit)


class _Told:
    """The answer for one service as text."""

    def __init__(self, door: Door, ontology: "Ontology", found: "WeakPoints") -> None:
        self.out, self.say, self.ontology, self.found = door.out, door.texts, ontology, found

    def all(self, limit: int) -> None:
        say, found = self.say, self.found
        self.out.print(self._sentence(), style="bold")
        self.out.print(say("impact.revision", revision=found.estate.revision), style="dim")
        if found.already_out:
            return
        if found.points and limit:
            self._points(limit)
        self._fates()
        self._cuts()
        self._margins()

    def _sentence(self) -> str:
        found = self.found
        name = self._named(found.service)
        if found.already_out:
            return self.say("spof.already_out", name=name)
        below = len(found.estate.topology.all_providers_of([found.service]))
        if not below:
            return self.say("spof.no_dependencies", name=name)
        return self.say("spof.sentence", name=name, count=len(found.points), below=below)

    def _named(self, ci: int) -> str:
        return named(self.found.estate, ci, self.say)

    def _names(self, cis: list[int] | tuple[int, ...]) -> str:
        return self.say("impact.comma").join(self.found.estate.ids[ci] for ci in cis)

    def _class(self, ci: int) -> str:
        return class_words(self.found.estate.class_of(ci), self.say, self.ontology)

    def _points(self, limit: int) -> None:
        say, found = self.say, self.found
        table = Table(box=None, pad_edge=False)
        for name in ("ci", "class", "services", "cis", "via"):
            number = name in ("services", "cis")
            table.add_column(
                say(f"spof.column_{name}"), justify="right" if number else "left", no_wrap=number or name == "class",
                overflow="ellipsis" if number else "fold",
            )  # fmt: skip
        for point in found.points[:limit]:
            via = " → ".join(found.estate.ids[ci] for ci in found.via(point.ci)) or "—"
            table.add_row(self._named(point.ci), self._class(point.ci), f"{point.services:,}", f"{point.cis:,}", via)
        self.out.print()
        self.out.print(table)
        rest = len(found.points) - limit
        self.out.print(say("impact.more", count=rest) if rest > 0 else say("impact.complete"), style="dim")
        self.out.print(say("spof.ranked"), style="dim")

    def _fates(self) -> None:
        say, (fates, complete) = self.say, self.found.fates
        if not fates and complete:
            return
        breaking = len({(fate.owner, fate.relationship) for fate in fates if fate.breaks and not fate.anyway})
        self.out.print()
        self.out.print(say("spof.shared", count=len(fates), breaking=breaking), style="bold")
        for fate in fates[:FEW]:
            key = "spof.fate_breaks" if fate.breaks and not fate.anyway else "spof.fate"
            self._line(
                key, owner=self._named(fate.owner), shared=self._named(fate.shared), kind=self._class(fate.shared),
                members=self._names(sorted(fate.members, key=self.found.estate.ids.__getitem__)),
                group=self.found.group_of(fate),
            )  # fmt: skip
        self._rest(len(fates), complete)

    def _cuts(self) -> None:
        cuts = self.found.cuts
        if not cuts.sets and cuts.complete:
            return
        self.out.print()
        self.out.print(self.say("spof.cuts", count=len(cuts.sets)), style="bold")
        for cut in cuts.sets[:FEW]:
            self.out.print(f"  {self._names(cut)}")
        self._rest(len(cuts.sets), cuts.complete)

    def _margins(self) -> None:
        bare = [margin for margin in self.found.margins if not margin.margin]
        if not bare:
            return
        self.out.print()
        self.out.print(self.say("spof.bare", count=len(bare)), style="bold")
        for margin in bare[:FEW]:
            self._line(
                "spof.group", owner=self._named(margin.owner), group=self.found.estate.group_id(margin.edge),
                left=margin.left, needed=margin.needed, members=margin.members,
            )  # fmt: skip
        self._rest(len(bare), complete=True)

    def _line(self, key: str, **params: Any) -> None:
        self.out.print(f"  {self.say(key, **params)}")

    def _rest(self, count: int, complete: bool) -> None:
        if count > FEW:
            self.out.print(self.say("spof.more", count=count - FEW), style="dim")
        if not complete:
            self.out.print(self.say("spof.others_possible"), style="dim")


COMMANDS = (spof_command,)
