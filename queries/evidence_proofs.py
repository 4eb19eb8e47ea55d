"""Whether the certificates of a pack of evidence prove what its answer says, from the part of the graph it carries.

Nobody's word is taken: each certificate is checked step by step against the part (`queries.certificate`), its claim
must be one of the answer's, and its seeds those of the changes that are named. What a pack cannot show is that a group
has no other members than the part says; the register does, or whoever noted its seal.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graph.errors import BadInputError, Message
from graph.estate import Estate
from graph.values import shown
from queries.certificate import check
from queries.certified import EDITS
from queries.graph_part import graph_of, part_hash
from queries.proposed import LIVE
from queries.review import ALONE, EMERGENT
from queries.steps import Header, MalformedError, read_header, read_step

PROVABLE = ("outage", "degraded")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What does not hold first. `where`: `certificates.0`, `part.alone`; `index`: of the step, -1: none of them."""

    where: str
    index: int
    message: Message


class _FlawError(Exception):
    def __init__(self, where: str, key: str, **params: str | int) -> None:
        super().__init__(key)
        self.flaw = Flaw(where, -1, Message(f"evidence.{key}", params))


def proved(pack: Mapping[str, Any]) -> tuple[int, Flaw | None]:
    """How many steps were checked, and what does not hold first, if anything; of a pack that is not altered."""
    steps, where = 0, "part"
    try:
        graphs = _graphs(pack)
        claims = set[tuple[str, str]]()
        for at, raw in enumerate(pack["certificates"]):
            where = f"certificates.{at}"
            header = read_header(_without_steps(raw, where))
            names, graph = graphs.get(header.graph_hash) or _refuse(where, "no_part")
            fresh = [name for name in names if (name, header.claim.ci_id) not in claims]
            name = _speaks_of(pack, where, fresh or names, header)
            listed = (read_step(each, f"{where}.steps[{number}]") for number, each in enumerate(raw["steps"]))
            checked = check(header, listed, graph)
            steps += checked.steps_checked
            if checked.bad_step is not None:
                return steps, Flaw(where, checked.bad_step.index, checked.bad_step.message)
            claims.add((name, header.claim.ci_id))
        _counted(pack, claims)
    except _FlawError as error:
        return steps, error.flaw
    except BadInputError as error:
        return steps, Flaw(where, -1, error.message)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        # an answer that is none of ours, however well it is sealed
        return steps, Flaw("answer", -1, Message("evidence.malformed", {"where": "answer"}))
    return steps, None


def _without_steps(raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict) or not isinstance(raw.get("steps"), list):
        raise MalformedError(f"{where}.steps", "array")
    return {name: value for name, value in raw.items() if name != "steps"}


def _refuse(where: str, key: str, **params: str | int) -> tuple[list[str], Estate]:
    raise _FlawError(where, key, **params)


def _graphs(pack: Mapping[str, Any]) -> dict[str, tuple[list[str], Estate]]:
    # a change alone and in company can rest on the very same part
    found: dict[str, tuple[list[str], Estate]] = {}
    for name, part in pack["part"].items():
        key = part_hash(part)
        if key in found:
            found[key][0].append(name)
        else:
            found[key] = [name], graph_of(part, f"part.{name}")
    return found


def _speaks_of(pack: Mapping[str, Any], where: str, names: Sequence[str], header: Header) -> str:
    # of which of the parts that are alike, of those that it is not known of yet
    for name in names[:-1]:
        with suppress(_FlawError):
            _compare(pack, where, name, header)
            _seeds(pack, where, name, header)
            return name
    _compare(pack, where, names[-1], header)
    _seeds(pack, where, names[-1], header)
    return names[-1]


def _compare(pack: Mapping[str, Any], where: str, name: str, header: Header) -> None:
    # a proof of something else proves nothing of this answer
    claim, answer = header.claim, pack["answer"]
    if header.revision != answer["revision"]:
        raise _FlawError(where, "proves_other", ci_id=shown(claim.ci_id), state=claim.state, of=shown(name))
    if name == ALONE:
        fits = any(row["ci_id"] == claim.ci_id and row["state"] == claim.state for row in answer["services"])
    else:
        fits = claim.state == "outage" and claim.ci_id in _meeting(pack, where, name)["services"]
    if not fits or claim.state not in PROVABLE:
        raise _FlawError(where, "proves_other", ci_id=shown(claim.ci_id), state=claim.state, of=shown(name))


def _meeting(pack: Mapping[str, Any], where: str, name: str) -> Mapping[str, Any]:
    for each in pack["answer"]["conflicts"]:
        if each["id"] == name and each["kind"] == EMERGENT:
            found: Mapping[str, Any] = each
            return found
    raise _FlawError(where, "no_conflict", conflict=shown(name))


def _seeds(pack: Mapping[str, Any], where: str, name: str, header: Header) -> None:
    # seeds are what the changes do, and what edits retire or leave without a source
    change = pack["question"]["change"]
    own = {(ci_id, effect) for ci_id, effect in change["affected"]}
    parties = {change["change_id"], EDITS} if name == ALONE else {EDITS, *_meeting(pack, where, name)["changes"]}
    if name == ALONE and change["edits"] is None:
        parties -= {EDITS}
    told = {(row["ci_id"], row["effect"]): row["by"] for row in pack["part"][name]["seeds"]}
    for seed in header.seeds:
        by = told.get((seed.ci_id, seed.effect))
        is_own = (seed.ci_id.removesuffix(LIVE), seed.effect) in own
        if by not in parties or (by == change["change_id"] and not is_own):
            raise _FlawError(where, "no_seed", ci_id=shown(seed.ci_id), effect=seed.effect)


def _counted(pack: Mapping[str, Any], claims: set[tuple[str, str]]) -> None:
    # whoever leaves one out would have to say so
    named = len(list(_named(pack["answer"])))
    if len(claims) != len(pack["certificates"]) or named != len(claims) + pack["unproved"]:
        raise _FlawError(
            "certificates", "miscounted", named=named, proved=len(claims), unproved=shown(pack["unproved"])
        )


def _named(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for row in answer["services"]:
        if row["state"] in PROVABLE:
            yield ALONE, row["ci_id"]
    for each in answer["conflicts"]:
        if each["kind"] == EMERGENT:
            yield from ((each["id"], service) for service in each["services"])
