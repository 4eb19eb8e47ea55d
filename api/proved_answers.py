"""Answers whose rows have a certificate each: that what they say is what the certificates prove.

Of each CI listed its state, class and chain of reasons; the seeds, revision and counts; the services. Told beside that,
and proved by no certificate: hops, margins, how many of a broken group are left, confidence; and what is not on a list
that was cut short, or that somebody shortened.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.estate import SERVICE, Estate
from graph.values import shown
from queries.steps import BROKEN, FALLEN, Header, MalformedError, read_header

Plain = dict[str, Any]
WORST_FIRST = ("outage", "degraded", "at_risk")
STATE_OF = {
    **dict.fromkeys((*BROKEN, FALLEN), "outage"),
    "redundancy_lost": "degraded",
    "soft_provider_out": "degraded",
}


@dataclass(frozen=True)
class Told:
    """What an answer says of the CI of one certificate, to be compared with the graph and the steps."""

    where: str
    row: Plain
    service: Plain | None
    steps: Sequence[Plain]
    beyond: int
    """So many affected CIs are counted and not listed: of them nothing is proved."""

    def compare(self, estate: Estate) -> None:
        """Raise MalformedError where it is not so; only once the certificate is accepted."""
        ci = estate.find(self.row["ci_id"])
        if ci is None:
            raise MalformedError(f"{self.where}.ci_id", "a CI")
        self._same(f"{self.where}.ci_class", self.row.get("ci_class"), estate.class_of(ci))
        if estate.class_of(ci) == SERVICE and self.service is None:
            raise MalformedError("services", shown(estate.ids[ci]))
        if self.service is not None:
            said = [self.service.get(name) for name in ("name", "state", "criticality")]
            self._same(f"services.{shown(estate.ids[ci])}.class", estate.class_of(ci), SERVICE)
            if said != [estate.names[ci], self.row["state"], estate.criticality_of(ci)]:
                raise MalformedError(f"services.{shown(estate.ids[ci])}", "what its row and the graph say")
        self._compare_witness()

    def _same(self, where: str, said: object, found: str) -> None:
        if said != found:
            raise MalformedError(where, shown(found))

    def _compare_witness(self) -> None:
        made = {each["ci_id"]: each for step in self.steps for each in step.get("set", [step])}
        ci_id: object = self.row["ci_id"]
        chain = list(_objects(self.row, "witness"))
        if not chain or chain[0].get("state") != self.row["state"]:
            raise MalformedError(f"{self.where}.witness", "a chain from the CI, in its state")
        for number, step in enumerate(chain):
            proved = made.get(step.get("ci_id"))
            if proved is None or step["ci_id"] != ci_id or not _is_of(step, proved):
                raise MalformedError(f"{self.where}.witness[{number}]", "a step of the certificate")
            ci_id = step.get("from")
        if ci_id is not None:
            raise MalformedError(f"{self.where}.witness", "a chain down to a seed")


def _is_of(step: Plain, proved: Plain) -> bool:
    # whether a step of a witness says what a step of the certificate proves
    rule = proved.get("rule", FALLEN)
    if rule == "seed":
        effect = proved["effect"]
        state = "degraded" if effect == "degraded" else "outage"
        return step == {"ci_id": proved["ci_id"], "state": state, "rule": rule, "effect": effect}
    cited = proved["lost"] if "lost" in proved else [proved["provider"]]
    through = [each["relationship"].split("|")[1] for each in cited if each["ci_id"] == step.get("from")]
    told = {"ci_id": proved["ci_id"], "state": STATE_OF.get(rule, "at_risk"), "rule": rule, "from": step.get("from")}
    if "lost" in proved:
        told |= {name: proved[name] for name in ("group", "members", "needed")}
        told |= {"lost": [each["ci_id"] for each in cited], "left": step.get("left")}
        if not _can_be_left(step.get("left"), proved):
            return False
    return any(step == {**told, "via": via} for via in through)


def _can_be_left(left: object, proved: Plain) -> bool:
    if "margin" in proved:
        return bool(left == proved["needed"] + proved["margin"])
    return type(left) is int and 0 <= left <= int(proved["members"]) - len(proved["lost"])


def proved_rows(plain: Plain) -> Iterator[tuple[Header, list[Any], Told | None]]:
    """The certificates of an answer of `impact`, each with its steps as they are written, and what is told of its CI.

    Raises MalformedError where the answer says something else than they claim.
    """
    if "affected" in plain:
        yield from _of_impact(plain)
    elif "sets" in plain or "groups" in plain:
        yield from _of_causes(plain)


def _of_impact(plain: Plain) -> Iterator[tuple[Header, list[Any], Told | None]]:
    rows, services = list(_objects(plain, "affected")), _by_id(plain, "services")
    by_id = _by_id(plain, "affected")
    seeds = {ci_id: seed.get("effect") for ci_id, seed in _by_id(plain, "seeds").items()}
    if plain.get("complete") is not True:
        raise MalformedError("complete", "true")
    _compare_counts(
        plain, [row.get("state") for row in rows], [s for ci_id, s in services.items() if ci_id not in by_id]
    )
    for number, row in enumerate(rows):
        where = f"affected[{number}]"
        header, steps = _certificate(plain, where, row, row)
        if {seed.ci_id: seed.effect for seed in header.seeds} != {k: v for k, v in seeds.items() if k != row["ci_id"]}:
            raise MalformedError(f"{where}.certificate.seeds", "those of the answer")
        yield header, steps, Told(where, row, services.get(row["ci_id"]), steps, plain["total"] - len(rows))


def _compare_counts(plain: Plain, states: Sequence[object], further: Sequence[Plain]) -> None:
    counts, total = plain.get("counts"), plain.get("total")
    if not isinstance(counts, dict) or counts.keys() != set(WORST_FIRST) or not all(map(_is_count, counts.values())):
        raise MalformedError("counts", " | ".join(WORST_FIRST))
    if plain.get("shown") != len(states) or total != sum(counts.values()):
        raise MalformedError("total", "what is counted")
    listed, left = Counter(states), len(states)
    beyond = Counter(service.get("state") for service in further)
    for state in WORST_FIRST:
        # the worst are listed first
        if listed[state] != min(counts[state], left):
            raise MalformedError(f"counts.{state}", "what is listed")
        left -= listed[state]
        if beyond[state] > counts[state] - listed[state]:
            raise MalformedError("services", "affected CIs")
    if left or beyond.keys() - set(WORST_FIRST):
        raise MalformedError("counts", "what is listed")


def _is_count(found: object) -> bool:
    return type(found) is int and found >= 0


def _of_causes(plain: Plain) -> Iterator[tuple[Header, list[Any], Told | None]]:
    effects: dict[str, str] = {}
    sets = [_set_of(row, f"sets[{number}]") for number, row in enumerate(_objects(plain, "sets"))]
    if plain.get("shown") != len(sets) or len({frozenset(each) for each in sets}) != len(sets):
        raise MalformedError("sets", "as many as are shown, each once")
    if not _is_count(plain.get("total")) or plain["total"] < len(sets):
        raise MalformedError("total", "what is shown, at least")
    for name in ("sets", "groups"):
        for number, row in enumerate(_objects(plain, name)):
            where = f"{name}[{number}]"
            header, steps = _certificate(plain, where, row, plain)
            if name == "sets" and sorted(seed.ci_id for seed in header.seeds) != sorted(sets[number]):
                raise MalformedError(f"{where}.certificate.seeds", "those of the set")
            if any(effects.setdefault(seed.ci_id, seed.effect) != seed.effect for seed in header.seeds):
                raise MalformedError(f"{where}.certificate.seeds", "one effect of each CI")
            if name == "groups" and _last_group(steps) != row.get("group"):
                raise MalformedError(f"{where}.group", "that of the last step")
            yield header, steps, None
    _compare_enough(plain, sets)


def _compare_enough(plain: Plain, sets: Sequence[list[str]]) -> None:
    enough = _set_of(plain, "", "enough")
    is_all = plain.get("complete") and len(sets) == plain["total"] and _is_count(plain.get("order"))
    if is_all and len(enough) <= plain["order"] and sorted(enough) not in [sorted(each) for each in sets]:
        raise MalformedError("enough", "one of the sets")


def _last_group(steps: list[Any]) -> object:
    return steps[-1].get("group") if steps and isinstance(steps[-1], dict) else None


def _set_of(row: Plain, where: str, name: str = "seeds") -> list[str]:
    found = row.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found) or len(set(found)) != len(found):
        raise MalformedError(f"{where}.{name}" if where else name, "ids, each once")
    return found


def _certificate(plain: Plain, where: str, row: Plain, claimed: Plain) -> tuple[Header, list[Any]]:
    made, where = row.get("certificate"), f"{where}.certificate"
    if not isinstance(made, dict) or not isinstance(made.get("steps"), list):
        raise MalformedError(where, f"that of {shown(str(claimed.get('ci_id')))}")
    header = read_header({name: value for name, value in made.items() if name != "steps"})
    claim = header.claim
    if (claim.ci_id, claim.state) != (claimed.get("ci_id"), claimed.get("state")):
        raise MalformedError(where, f"that of {shown(str(claimed.get('ci_id')))}")
    if claim.state != "outage" and not claim.exact:
        raise MalformedError(f"{where}.claim.exact", "true")
    if header.revision != plain.get("revision"):
        raise MalformedError(f"{where}.revision", "that of the answer")
    return header, made["steps"]


def _by_id(plain: Plain, name: str) -> Mapping[str, Plain]:
    found: dict[str, Plain] = {}
    for number, each in enumerate(_objects(plain, name)):
        ci_id = each.get("ci_id")
        if not isinstance(ci_id, str) or ci_id in found:
            raise MalformedError(f"{name}[{number}].ci_id", "an id, once")
        found[ci_id] = each
    return found


def _objects(plain: Plain, name: str) -> Iterator[Plain]:
    found = plain.get(name)
    for number, each in enumerate(found if isinstance(found, list) else ()):
        if not isinstance(each, dict):
            raise MalformedError(f"{name}[{number}]", "object")
        yield each
