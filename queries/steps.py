"""The form of a certificate: what it claims, and its steps; read strictly, written as ANSWERS says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from graph.errors import BadInputError
from graph.values import shown

FORMAT = "faultline.certificate/1"
EFFECTS = ("outage", "degraded", "retire")
STATES = ("outage", "degraded", "at_risk", "not_out")
BROKEN, FALLEN = ("group_broken", "provider_out"), "no_source"
LEANING = ("soft_provider_out", "provider_degraded", "provider_at_risk")
LONGEST_ID = 700  # characters of a relationship's id: two CI ids of 200, and a type


class Cited(NamedTuple):
    """A provider, and the relationship (`source|type|target`) by which the step's CI rests on it."""

    relationship: str
    ci_id: str

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()


class Seeded(NamedTuple):
    """The CI is a seed."""

    ci_id: str
    effect: str

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"ci_id": self.ci_id, "rule": "seed", "effect": self.effect}


class Broken(NamedTuple):
    """The CI is out: of a group's `members`, `needed` of which must stay, one too many is lost."""

    ci_id: str
    rule: str
    group: str
    members: int
    needed: int
    lost: tuple[Cited, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON; within a step `no_source` there is no rule of its own."""
        rule = {} if self.rule == FALLEN else {"rule": self.rule}
        counts = {"group": self.group, "members": self.members, "needed": self.needed}
        return {"ci_id": self.ci_id, **rule, **counts, "lost": [cited.plain() for cited in self.lost]}


class Sourceless(NamedTuple):
    """These CIs are out together: each has a feeding group that lost too many to earlier steps or to the others."""

    fallen: tuple[Broken, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"rule": FALLEN, "set": [each.plain() for each in self.fallen]}


class Weakened(NamedTuple):
    """The CI is degraded at least: a group lost a member. `margin`: what it can still lose; told, not proved."""

    ci_id: str
    group: str
    members: int
    needed: int
    margin: int
    lost: tuple[Cited, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        lost = [cited.plain() for cited in self.lost]
        return {**self._asdict(), "rule": "redundancy_lost", "lost": lost}


class Leaning(NamedTuple):
    """The CI is degraded (a soft provider is out) or at risk (a provider is degraded or at risk), at least."""

    ci_id: str
    rule: str
    provider: Cited

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"ci_id": self.ci_id, "rule": self.rule, "provider": self.provider.plain()}


Step = Seeded | Broken | Sourceless | Weakened | Leaning


class Claim(NamedTuple):
    """What is proved of a CI. `exact`: also that nothing worse is true of it."""

    ci_id: str
    state: str
    exact: bool

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()


@dataclass(frozen=True)
class Header:
    """All of a certificate but its steps. `standing`: CIs that are not out, in the order in which that is proved."""

    revision: int
    seeds: tuple[Seeded, ...]
    claim: Claim
    standing: tuple[str, ...] | None = None
    store_id: str = ""
    graph_hash: str = ""
    at: str = ""
    edits: tuple[Any, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON, without the steps."""
        return {
            "format": FORMAT,
            "store_id": self.store_id,
            "revision": self.revision,
            "graph_hash": self.graph_hash,
            "at": self.at,
            "seeds": [{"ci_id": seed.ci_id, "effect": seed.effect} for seed in self.seeds],
            "edits": list(self.edits),
            "claim": self.claim.plain(),
            "standing": None if self.standing is None else list(self.standing),
        }


class Signature(NamedTuple):
    """What a certificate speaks of: a store, its graph at the revision, and the moment (ISO 8601) it was made at."""

    store_id: str
    graph_hash: str
    at: str


@dataclass(frozen=True)
class Certificate:
    """A claim with its proof."""

    header: Header
    steps: tuple[Step, ...] = field(default=())

    def signed(self, signature: Signature) -> "Certificate":
        """The same with what it speaks of."""
        return replace(self, header=replace(self.header, **signature._asdict()))

    def plain(self) -> dict[str, Any]:
        """As one JSON document."""
        head = self.header.plain()
        standing = head.pop("standing")
        return {**head, "steps": [step.plain() for step in self.steps], "standing": standing}

    def lines(self) -> Iterator[dict[str, Any]]:
        """As NDJSON: the header, then a step a line."""
        yield self.header.plain()
        yield from (step.plain() for step in self.steps)


class MalformedError(BadInputError):
    """What is no certificate, or no step: `certificate.malformed`, naming where and what is expected there."""

    def __init__(self, where: str, expected: str) -> None:
        super().__init__("certificate.malformed", where=where, expected=expected)


class Reader:
    """Takes what is expected out of an object, and refuses what is left: MalformedError says where."""

    def __init__(self, raw: object, where: str) -> None:
        if not isinstance(raw, dict):
            raise MalformedError(where, "object")
        self.raw, self.where, self.taken = raw, where, set[str]()

    def at(self, name: str) -> str:
        """Where an entry stands."""
        return f"{self.where}.{name}" if self.where else name

    def take(self, name: str) -> Any:
        """Whatever is there."""
        self.taken.add(name)
        if name not in self.raw:
            raise MalformedError(self.at(name), "value")
        return self.raw[name]

    def text(self, name: str, longest: int = LONGEST_ID) -> str:
        """A text, at most so long."""
        found = self.take(name)
        if not isinstance(found, str) or len(found) > longest:
            raise MalformedError(self.at(name), "string")
        return found

    def word(self, name: str, words: Iterable[str]) -> str:
        """One of some words."""
        found = self.take(name)
        if not isinstance(found, str) or found not in words:
            raise MalformedError(self.at(name), " | ".join(words))
        return found

    def count(self, name: str) -> int:
        """A whole number, not below 0."""
        found = self.take(name)
        if type(found) is not int or not 0 <= found < 2**31:
            raise MalformedError(self.at(name), "integer")
        return found

    def flag(self, name: str) -> bool:
        """True or false."""
        found = self.take(name)
        if not isinstance(found, bool):
            raise MalformedError(self.at(name), "boolean")
        return found

    def list(self, name: str) -> list[Any]:
        """A list."""
        found = self.take(name)
        if not isinstance(found, list):
            raise MalformedError(self.at(name), "array")
        return found

    def cited(self, name: str) -> tuple[Cited, ...]:
        """Providers, each with its relationship."""
        return tuple(_cited(raw, f"{self.at(name)}[{i}]") for i, raw in enumerate(self.list(name)))

    def end(self) -> None:
        """Nothing else may be there."""
        left = self.raw.keys() - self.taken
        if left:
            raise MalformedError(shown(self.at(str(min(left, key=str)))), "no such key")


def _cited(raw: object, where: str) -> Cited:
    reader = Reader(raw, where)
    found = Cited(reader.text("relationship"), reader.text("ci_id"))
    reader.end()
    return found


def read_step(raw: object, where: str = "") -> Step:
    """A step from JSON. Raises MalformedError."""
    reader = Reader(raw, where)
    rule = reader.word("rule", ("seed", *BROKEN, FALLEN, "redundancy_lost", *LEANING))
    step: Step
    if rule == "seed":
        step = Seeded(reader.text("ci_id"), reader.word("effect", EFFECTS))
    elif rule in BROKEN:
        step = _broken(reader, rule)
    elif rule == FALLEN:
        step = Sourceless(tuple(_fallen(each, f"{reader.at('set')}[{i}]") for i, each in enumerate(reader.list("set"))))
    elif rule == "redundancy_lost":
        ci_id, group, members, needed = _group(reader)
        step = Weakened(ci_id, group, members, needed, reader.count("margin"), reader.cited("lost"))
    else:
        step = Leaning(reader.text("ci_id"), rule, _cited(reader.take("provider"), reader.at("provider")))
    reader.end()
    return step


def _group(reader: Reader) -> tuple[str, str, int, int]:
    return reader.text("ci_id"), reader.text("group"), reader.count("members"), reader.count("needed")


def _broken(reader: Reader, rule: str) -> Broken:
    ci_id, group, members, needed = _group(reader)
    return Broken(ci_id, rule, group, members, needed, reader.cited("lost"))


def _fallen(raw: object, where: str) -> Broken:
    reader = Reader(raw, where)
    found = _broken(reader, FALLEN)
    reader.end()
    return found


def read_header(raw: object) -> Header:
    """A header from JSON. Raises MalformedError."""
    reader = Reader(raw, "")
    reader.word("format", (FORMAT,))
    seeds = []
    for i, each in enumerate(reader.list("seeds")):
        seed = Reader(each, f"seeds[{i}]")
        seeds.append(Seeded(seed.text("ci_id"), seed.word("effect", EFFECTS)))
        seed.end()
    claimed = Reader(reader.take("claim"), "claim")
    claim = Claim(claimed.text("ci_id"), claimed.word("state", STATES), claimed.flag("exact"))
    claimed.end()
    standing = None if reader.take("standing") is None else tuple(_ids(reader.list("standing")))
    found = Header(
        revision=reader.count("revision"),
        seeds=tuple(seeds),
        claim=claim,
        standing=standing,
        store_id=reader.text("store_id"),
        graph_hash=reader.text("graph_hash"),
        at=reader.text("at"),
        edits=tuple(reader.list("edits")),
    )
    reader.end()
    return found


def _ids(found: list[Any]) -> Iterator[str]:
    for i, ci_id in enumerate(found):
        if not isinstance(ci_id, str):
            raise MalformedError(f"standing[{i}]", "string")
        yield ci_id
