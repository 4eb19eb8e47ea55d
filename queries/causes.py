"""What the state of a CI is due to: seeds that are enough, other minimal sets of them, groups broken by themselves.

Each comes with a certificate (SEMANTICS 2: alternatives).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graph.topology import CiIndex
from queries.blast_radius import WORDS, BlastRadius
from queries.families import ORDER, Families
from queries.impact import State, impact
from queries.minimal_seeds import all_that_suffice, one_that_suffices
from queries.proof import alternatives, certificate
from queries.reasons import names_of
from queries.steps import Broken, Certificate, Signature

Seeds = tuple[CiIndex, ...]


@dataclass(frozen=True)
class Causes:
    """The answer of `faultline impact … --causes CI`: of a CI that was asked about, what the others do to it."""

    radius: BlastRadius
    ci: CiIndex

    @cached_property
    def state(self) -> State:
        """Of the CI."""
        return self.radius.explaining(self.ci).found.state(self.ci)

    @cached_property
    def enough(self) -> Seeds:
        """Seeds that are enough for it, none of which can be left out; by id."""
        return one_that_suffices(self.radius.found, self.ci, names_of(self.radius.estate))

    @cached_property
    def minimal(self) -> Families:
        """All such sets up to ORDER seeds, within bounds."""
        return all_that_suffice(self.radius.found, self.ci, names_of(self.radius.estate))

    @cached_property
    def broken(self) -> list[tuple[Broken, Certificate]]:
        """Groups of the CI that are broken also where it is held up, each with the certificate that ends in it."""
        found = self.radius.explaining(self.ci).found
        made = alternatives(self.radius.estate, found, self.ci)
        return [(last, each) for each in made if isinstance(last := each.steps[-1], Broken)]

    def plain(self, signature: Signature, *, limit: int) -> dict[str, Any]:
        """As JSON; of a long list of sets `limit` are shown, each with its certificate."""
        return {
            "revision": self.radius.estate.revision,
            "ci_id": self.radius.estate.ids[self.ci],
            "state": WORDS[self.state],
            "enough": list(self._ids(self.enough)),
            "order": ORDER,
            "complete": self.minimal.complete,
            "total": len(self.minimal.sets),
            "shown": min(limit, len(self.minimal.sets)),
            "sets": [
                {"seeds": list(self._ids(some)), "certificate": self._under(some).signed(signature).plain()}
                for some in self.minimal.sets[:limit]
            ],
            "groups": [
                {"group": last.group, "certificate": made.signed(signature).plain()} for last, made in self.broken
            ],
        }

    def _ids(self, seeds: Seeds) -> Iterator[str]:
        return (self.radius.estate.ids[seed] for seed in seeds)

    def _under(self, seeds: Seeds) -> Certificate:
        found = self.radius.found
        effects: Mapping[CiIndex, Any] = {seed: found.seeds[seed] for seed in seeds}
        return certificate(self.radius.estate, impact(found.topology, effects), self.ci)
