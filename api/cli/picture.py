"""A blast radius as text: who is hit, why, and what held. States by sign and word before colour."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from api.texts import Texts
from api.words import STATE_SIGNS, class_words, named, step_words
from graph.errors import ParamValue
from graph.ontology import Ontology
from queries.blast_radius import WORDS, Affected, BlastRadius
from queries.impact import Effect, State

SIGNS = {state: STATE_SIGNS[word] for state, word in WORDS.items()}
STYLES = {State.OUTAGE: "red", State.DEGRADED: "yellow", State.AT_RISK: "cyan", State.UNAFFECTED: "green"}
STATES = {word: state for state, word in WORDS.items()}
WORST_FIRST = (State.OUTAGE, State.DEGRADED, State.AT_RISK)
WHYS = 3  # services whose why is printed unless all are asked for
CLASSES = 8  # that are counted one by one


def print_blast_radius(
    out: Console, say: Texts, ontology: Ontology, found: BlastRadius, *, limit: int, whole: bool = False,
    proofs: bool = False,
) -> None:  # fmt: skip
    """Print the answer: sentence, services, counts, table, why; `proofs`: how long the certificate of each why is."""
    picture = _Picture(out, say, ontology, found)
    out.print(picture.sentence(), style="bold")
    out.print(say("impact.revision", revision=found.estate.revision), style="dim")
    for seed in found.silent_seeds:
        out.print(say("impact.silent_seed", name=picture.named(seed)))
    if found.services:
        picture.print_services()
    if found.affected:
        picture.print_classes()
        picture.print_affected(limit)
    told = found.services or found.affected
    for affected in told if whole else told[:WHYS]:
        picture.print_why(affected)
        if proofs:
            picture.print_proof(affected)
    if not whole and len(told) > WHYS:
        out.print()
        out.print(say("impact.more_whys", count=len(told) - WHYS), style="dim")


@dataclass(frozen=True)
class _Picture:
    out: Console
    say: Texts
    ontology: Ontology
    found: BlastRadius

    def sentence(self) -> str:
        """The answer in one sentence: "If db-n2 stops: 1 service goes down, 2 are degraded." """
        seeds = self.say("impact.and").join(self._seed_clauses())
        if not self.found.affected:
            return self.say("impact.sentence_nothing", seeds=seeds)
        counts = {state: sum(a.state == state for a in self.found.services) for state in WORST_FIRST}
        parts = [
            self.say(f"impact.services_{WORDS[state]}", count=counts[state]) for state in WORST_FIRST if counts[state]
        ]
        if not counts[State.OUTAGE] and parts:
            parts.insert(0, self.say("impact.services_no_outage"))
        if not parts:
            parts = [self.say("impact.services_none", count=len(self.found.affected))]
        return self.say("impact.sentence", seeds=seeds, parts=self.say("impact.comma").join(parts))

    def _seed_clauses(self) -> Iterator[str]:
        for effect in Effect:
            seeds = [seed for seed, what in sorted(self.found.found.seeds.items()) if what == effect]
            if seeds:
                names = self.say("impact.and").join(map(self.named, seeds))
                yield self.say(f"impact.seeds_{effect.name.lower()}", names=names, count=len(seeds))

    def named(self, ci: int) -> str:
        return named(self.found.estate, ci, self.say)

    def _state(self, state: State) -> Text:
        return Text(f"{SIGNS[state]} {self.say(f'impact.state_{WORDS[state]}')}", style=STYLES[state])

    def _class(self, name: str) -> str:
        return class_words(name, self.say, self.ontology)

    def _table(self, *columns: str, title: str | None = None) -> Table:
        table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
        for name in columns:
            right, wide = name in ("hops", "margin"), name in ("service", "ci")
            table.add_column(
                self.say(f"impact.column_{name}"),
                justify="right" if right else "left",
                no_wrap=not wide,
                overflow="fold" if wide else "ellipsis",
            )
        return table

    def print_services(self) -> None:
        table = self._table("state", "service", "criticality", "margin", title=self.say("impact.services"))
        for affected in self.found.services:
            criticality = self.found.estate.criticality_of(affected.ci)
            table.add_row(
                self._state(affected.state),
                self.named(affected.ci),
                self.say(f"impact.criticality_{criticality}") if criticality else "—",
                _number(affected.margin),
            )
        self.out.print()
        self.out.print(table)

    def print_classes(self) -> None:
        counts: dict[str, ParamValue] = dict(self.found.counts)
        self.out.print()
        self.out.print(self.say("impact.counts", **counts), style="bold")
        table = Table(box=None, pad_edge=False, show_header=False)
        for at in range(4):
            table.add_column(justify="right" if at else "left", no_wrap=True)
        by_class = self.found.by_class()
        for class_name, by_state in by_class[:CLASSES]:
            cells = [
                f"{SIGNS[state]} {by_state[WORDS[state]]:,}" if WORDS[state] in by_state else ""
                for state in WORST_FIRST
            ]
            table.add_row(self._class(class_name), *cells)
        self.out.print(table)
        if len(by_class) > CLASSES:
            self.out.print(self.say("impact.more_classes", count=len(by_class) - CLASSES), style="dim")

    def print_affected(self, limit: int) -> None:
        table = self._table("state", "ci", "class", "hops", "margin")
        for affected in self.found.affected[:limit]:
            named = Text(self.named(affected.ci))
            if affected.reasons:
                named.append(f" {self.say('impact.low_confidence')}", style="dim")
            table.add_row(
                self._state(affected.state),
                named,
                self._class(self.found.estate.class_of(affected.ci)),
                str(affected.hops),
                _number(affected.margin),
            )
        if limit:
            self.out.print()
            self.out.print(table)
        rest = len(self.found.affected) - limit
        self.out.print(self.say("impact.more", count=rest) if rest > 0 else self.say("impact.complete"), style="dim")
        if any(affected.margin is not None for affected in (*self.found.services, *self.found.affected[:limit])):
            self.out.print(self.say("impact.margin_is"), style="dim")

    def print_why(self, affected: Affected) -> None:
        self.out.print()
        self.out.print(self.say("impact.why", name=self.named(affected.ci)), style="bold")
        for depth, step in enumerate(self.found.why(affected.ci)):
            state = STATES[step["state"]]
            line = Table.grid(padding=(0, 1, 0, 0))
            line.add_row(
                Text(SIGNS[state], style=STYLES[state]),
                Text(step_words(step, self.say, self.ontology, self.found.estate), overflow="fold"),
            )
            self.out.print(Padding(line, (0, 0, 0, 2 * depth), expand=False))

    def print_proof(self, affected: Affected) -> None:
        proof = self.found.certificate(affected.ci)
        standing = len(proof.header.standing or ())
        self.out.print(self.say("impact.proof", steps=len(proof.steps), standing=standing), style="dim")


def _number(margin: int | None) -> str:
    return "—" if margin is None else str(margin)
