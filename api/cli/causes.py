"""What one CI's state is due to, as text."""

from rich.console import Console

from api.cli.picture import SIGNS
from api.texts import Texts
from api.words import named
from graph.topology import CiIndex
from queries.blast_radius import WORDS
from queries.causes import Causes
from queries.families import ORDER


def print_causes(out: Console, say: Texts, found: Causes, *, limit: int) -> None:
    """Print the state, the seeds that are enough, other minimal sets, and groups that are broken by themselves."""
    estate = found.radius.estate

    def listed(seeds: tuple[CiIndex, ...]) -> str:
        return say("impact.comma").join(named(estate, seed, say) for seed in seeds)

    claim = say("causes.state", name=named(estate, found.ci, say), state=say(f"impact.state_{WORDS[found.state]}"))
    out.print(f"{SIGNS[found.state]} {claim}", style="bold")
    out.print(say("impact.revision", revision=estate.revision), style="dim")
    if not found.state:
        return
    out.print()
    out.print(say("causes.enough", seeds=listed(found.enough)))
    out.print(say("causes.not_only"), style="dim")
    others = [some for some in found.minimal.sets if set(some) != set(found.enough)]
    if others:
        out.print()
        out.print(say("causes.others", count=len(others)))
    for some in others[:limit]:
        out.print(f"  {listed(some)}")
    if len(others) > limit:
        out.print(say("impact.more", count=len(others) - limit), style="dim")
    out.print(say("causes.all" if found.minimal.complete else "causes.not_all", order=ORDER), style="dim")
    if found.broken:
        out.print()
        out.print(say("causes.broken", count=len(found.broken)))
    for last, _ in found.broken:
        lost = say("impact.comma").join(cited.ci_id for cited in last.lost)
        words = say("causes.group", group=last.group, members=last.members, needed=last.needed, lost=lost)
        out.print(f"  {words}")
