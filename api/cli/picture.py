"""A blast radius as text: who is hit, why, and what held. States by sign and word before colour."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.texts import Texts
from graph.errors import ParamValue
from queries.blast_radius import WORDS, Affected, BlastRadius
from queries.impact import State

SIGNS = {State.OUTAGE: "■", State.DEGRADED: "◑", State.AT_RISK: "△", State.UNAFFECTED: "○"}
STYLES = {State.OUTAGE: "red", State.DEGRADED: "yellow", State.AT_RISK: "bright_black", State.UNAFFECTED: "green"}
WHYS = 3  # services whose why is printed unless all are asked for


def print_blast_radius(out: Console, say: Texts, found: BlastRadius, *, limit: int, whole: bool = False) -> None:
    """Print the answer: sentence, services, counts, table, why."""
    out.print(sentence(say, found), style="bold")
    out.print(say("impact.revision", revision=found.estate.revision), style="dim")
    for seed in found.silent_seeds():
        out.print(say("impact.silent_seed", name=_named(found, seed)))
    if found.services:
        _print_services(out, say, found)
    if found.affected:
        _print_classes(out, say, found)
        _print_affected(out, say, found, limit)
    told = found.services or found.affected
    for affected in told if whole else told[:WHYS]:
        _print_why(out, say, found, affected)


def sentence(say: Texts, found: BlastRadius) -> str:
    """The answer in one sentence: "If db-n2 stops: 1 service down, 2 degraded." """
    seeds = say("impact.and").join(_named(found, seed) for seed in sorted(found.found.seeds))
    services = {state: sum(a.state == state for a in found.services) for state in State}
    if not found.affected:
        return say("impact.sentence_nothing", seeds=seeds)
    parts = [
        say(f"impact.services_{WORDS[state]}", count=services[state])
        for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK)
        if services[state] or state == State.OUTAGE
    ]
    if not found.services:
        parts = [say("impact.services_none", count=len(found.affected))]
    return say("impact.sentence", seeds=seeds, parts=say("impact.comma").join(parts))


def _named(found: BlastRadius, ci: int) -> str:
    name, ci_id = found.estate.names[ci], found.estate.ids[ci]
    return ci_id if name == ci_id else f"{name} ({ci_id})"


def _state(say: Texts, state: State) -> str:
    return f"[{STYLES[state]}]{SIGNS[state]} {say(f'impact.state_{WORDS[state]}')}[/]"


def _print_services(out: Console, say: Texts, found: BlastRadius) -> None:
    table = Table(box=None, pad_edge=False, title=say("impact.services"), title_justify="left", title_style="bold")
    for column in ("state", "service", "criticality", "margin"):
        table.add_column(say(f"impact.column_{column}"), justify="right" if column == "margin" else "left")
    for affected in found.services:
        criticality = found.estate.criticality_of(affected.ci)
        table.add_row(
            _state(say, affected.state),
            escape(_named(found, affected.ci)),
            say(f"impact.criticality_{criticality}") if criticality else "—",
            "—" if affected.margin is None else str(affected.margin),
        )
    out.print()
    out.print(table)


def _print_classes(out: Console, say: Texts, found: BlastRadius) -> None:
    counts: dict[str, ParamValue] = dict(found.counts)
    out.print()
    out.print(say("impact.counts", **counts), style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(justify="right")
    for class_name, by_state in found.by_class()[:8]:
        cells = [
            f"{SIGNS[state]} {by_state[WORDS[state]]:,}" if WORDS[state] in by_state else ""
            for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK)
        ]
        table.add_row(class_name, *cells)
    out.print(table)


def _print_affected(out: Console, say: Texts, found: BlastRadius, limit: int) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("state", "ci", "class", "hops", "margin"):
        justify = "right" if column in ("hops", "margin") else "left"
        table.add_column(say(f"impact.column_{column}"), justify=justify)  # type: ignore[arg-type]  # two literals
    for affected in found.affected[:limit]:
        low = f" [dim]{say('impact.low_confidence')}[/]" if affected.reasons else ""
        table.add_row(
            _state(say, affected.state),
            escape(_named(found, affected.ci)) + low,
            found.estate.class_of(affected.ci),
            str(affected.hops),
            "—" if affected.margin is None else str(affected.margin),
        )
    out.print()
    out.print(table)
    rest = len(found.affected) - limit
    out.print(say("impact.more", count=rest) if rest > 0 else say("impact.complete"), style="dim")


def _print_why(out: Console, say: Texts, found: BlastRadius, affected: Affected) -> None:
    out.print()
    out.print(say("impact.why", name=_named(found, affected.ci)), style="bold")
    for depth, step in enumerate(found.why(affected.ci)):
        params: dict[str, ParamValue] = {
            name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in step.items()
        }
        state = next(state for state, word in WORDS.items() if word == step["state"])
        ci = found.estate.find(str(step["ci_id"]))
        params["name"] = _named(found, ci) if ci is not None else str(step["ci_id"])
        if step["rule"] == "seed":
            params["effect"] = say(f"impact.effect_{step['effect']}")
        words = say(f"impact.rule_{step['rule']}", **params)
        out.print(f"{'  ' * depth}[{STYLES[state]}]{SIGNS[state]}[/] {escape(words)}")
