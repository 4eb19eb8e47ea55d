"""Certificates tampered with, at random and on purpose; each by the name of what was done to it."""

import copy
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

from queries.steps import Certificate, MalformedError, read_header, read_step
from tests.graph.estates import Drawn
from tests.oracles import Estate, Group, slow_impact, without_source
from tests.queries.slow_certificate import number

Plain = dict[str, Any]
STATES = ("outage", "degraded", "at_risk", "not_out")
RULES = ("seed", "group_broken", "provider_out", "redundancy_lost", "soft_provider_out", "provider_at_risk")


def read_certificate(raw: Plain) -> Certificate:
    """A whole certificate from one JSON document. Raises MalformedError."""
    steps = raw.get("steps")
    if not isinstance(steps, list):
        raise MalformedError("steps", "array")
    head = {name: value for name, value in raw.items() if name != "steps"}
    return Certificate(read_header(head), tuple(read_step(each, f"steps[{i}]") for i, each in enumerate(steps)))


def tampered(made: Plain, ids: list[str], random: Random) -> tuple[str, Plain]:
    """The certificate with one to three things changed, and what was."""
    forged = copy.deepcopy(made)
    tricks = [random.choice(list(TRICKS)) for _ in range(random.choice((1, 1, 2, 3)))]
    for trick in tricks:
        TRICKS[trick](forged, ids, random)
    return tricks[0] if len(tricks) == 1 else "several", forged


def _drop_step(forged: Plain, _: list[str], random: Random) -> None:
    if forged["steps"]:
        del forged["steps"][random.randrange(len(forged["steps"]))]


def _swap_steps(forged: Plain, _: list[str], random: Random) -> None:
    random.shuffle(forged["steps"])


def _repeat_step(forged: Plain, _: list[str], random: Random) -> None:
    if forged["steps"]:
        forged["steps"].append(copy.deepcopy(random.choice(forged["steps"])))


def _invent_step(forged: Plain, ids: list[str], random: Random) -> None:
    forged["steps"].insert(0, {"ci_id": random.choice(ids), "rule": "seed", "effect": "outage"})


def _counts(forged: Plain, _: list[str], random: Random) -> None:
    places = [(holder, key) for holder, key in _leaves(forged["steps"]) if isinstance(holder[key], int)]
    if places:
        holder, key = random.choice(places)
        holder[key] = max(0, holder[key] + random.choice((-1, 1)))


def _foreign_ci(forged: Plain, ids: list[str], random: Random) -> None:
    places = [(holder, key) for holder, key in _leaves(forged["steps"]) if key == "ci_id"]
    if places:
        holder, key = random.choice(places)
        holder[key] = random.choice([*ids, "nobody"])


def _change_a_word(forged: Plain, _: list[str], random: Random) -> None:
    places = [
        (holder, key) for holder, key in _leaves(forged["steps"]) if key in ("rule", "relationship", "effect", "group")
    ]
    if not places:
        return
    holder, key = random.choice(places)
    if key == "rule":
        holder[key] = random.choice(RULES)
    elif key == "relationship":
        source, kind, target = holder[key].split("|")
        holder[key] = random.choice((f"{target}|{kind}|{source}", f"{source}|runs_on|{target}"))
    elif key == "effect":
        holder[key] = random.choice(("outage", "degraded", "retire"))
    else:
        holder[key] = random.choice(("组0", "组1", "depends_on|ci-0"))


def _leaves(found: Any) -> Any:
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        if isinstance(value, dict | list):
            yield from _leaves(value)
        else:
            yield found, key


def _drop_lost(forged: Plain, _: list[str], random: Random) -> None:
    lists = [step["lost"] for step in forged["steps"] if step.get("lost")]
    lists += [each["lost"] for step in forged["steps"] for each in step.get("set", [])]
    if lists:
        some = random.choice(lists)
        if some and random.random() < 0.5:
            some.pop()
        else:
            some += some[:1]


def _shrink_set(forged: Plain, _: list[str], random: Random) -> None:
    sets = [step["set"] for step in forged["steps"] if step.get("set")]
    if sets:
        some = random.choice(sets)
        del some[random.randrange(len(some))]


def _claim_more(forged: Plain, ids: list[str], random: Random) -> None:
    if random.random() < 0.5:
        forged["claim"]["state"] = random.choice(STATES)
    elif random.random() < 0.5:
        forged["claim"]["ci_id"] = random.choice(ids)
    forged["claim"]["exact"] = random.random() < 0.5


def _other_seeds(forged: Plain, ids: list[str], random: Random) -> None:
    if forged["seeds"] and random.random() < 0.5:
        del forged["seeds"][random.randrange(len(forged["seeds"]))]
    else:
        forged["seeds"].append({"ci_id": random.choice(ids), "effect": random.choice(("outage", "degraded"))})


def _other_standing(forged: Plain, ids: list[str], random: Random) -> None:
    standing = forged["standing"] if forged["standing"] is not None else []
    trick = random.randrange(4)
    if trick == 0 and standing:
        del standing[random.randrange(len(standing))]
    elif trick == 1:
        random.shuffle(standing)
    elif trick == 2:
        standing.append(random.choice(ids))
    else:
        standing = random.sample(ids, len(ids))
    forged["standing"] = standing


TRICKS: dict[str, Callable[[Plain, list[str], Random], None]] = {
    "dropped step": _drop_step, "swapped steps": _swap_steps, "repeated step": _repeat_step,
    "invented seed": _invent_step, "wrong n or m": _counts, "foreign CI": _foreign_ci, "other word": _change_a_word,
    "dropped or repeated member": _drop_lost, "smaller set": _shrink_set, "other claim": _claim_more,
    "other seeds": _other_seeds, "other standing": _other_standing,
}  # fmt: skip


def useless(made: Plain) -> Iterator[tuple[str, Plain]]:
    """Certificates that prove nothing any more, whatever is true: a step or a member is missing, a count is wrong."""

    def changed(change: Callable[[Plain], object]) -> Plain:
        forged = copy.deepcopy(made)
        change(forged)
        return forged

    for i, step in enumerate(made["steps"]):
        yield "dropped step", changed(lambda forged, i=i: forged["steps"].pop(i))  # type: ignore[misc]
        if "members" in step:
            for key in ("members", "needed"):
                more = {key: step[key] + 1}
                yield "wrong n or m", changed(lambda forged, i=i, more=more: forged["steps"][i].update(more))  # type: ignore[misc]
            lost = step["lost"]
            for some in (lost[:-1], [*lost, lost[0]]):
                yield "dropped or repeated member", changed(lambda f, i=i, some=some: f["steps"][i].update(lost=some))  # type: ignore[misc]
    if len(made["steps"]) > 1:
        yield "swapped steps", changed(lambda forged: forged["steps"].reverse())
    if made["claim"]["state"] == "not_out" or made["claim"]["exact"]:
        yield "other standing", changed(lambda forged: forged.update(standing=None))
        yield "other standing", changed(lambda forged: forged["standing"].remove(forged["claim"]["ci_id"]))


# 1 and 2 feed each other and are fed by 0; 3 and 4 only feed each other
RINGS = Drawn(
    5,
    {
        "source": [1, 1, 2, 2, 3, 4],
        "target": [0, 2, 0, 1, 4, 3],
        "soft": [False] * 6,
        "group": [0, 0, 0, 0, -1, -1],
        "min_available": [1] * 6,
        "feeds": [True] * 6,
    },
    Estate(
        5,
        {
            1: {"g0": ((0, 2), 1, True)},
            2: {"g0": ((0, 1), 1, True)},
            3: {"plain-4": ((4,), 1, True)},
            4: {"plain-3": ((3,), 1, True)},
        },
        {},
    ),
)


def self_founding(made: Plain, drawn: Drawn) -> Iterator[tuple[str, Plain]]:
    """Circles that hold themselves up: they are said to stand, though their source is gone; or to fall, without any.

    The first stand by every quorum and by no order; the second never had a source (F of SEMANTICS 2).
    """
    estate, excused = drawn.estate, without_source(drawn.estate)
    seeds = {number(seed["ci_id"]): seed["effect"] for seed in made["seeds"]}
    holding = {ci for ci in range(drawn.n) if seeds.get(ci, "degraded") == "degraded"}
    while left := {
        ci for ci in holding if any(len(set(g[0]) & holding) < g[1] for g in estate.groups.get(ci, {}).values())
    }:
        holding -= left
    out = [ci for ci, round_ in enumerate(slow_impact(estate, seeds).rounds) if round_ is not None and ci in holding]
    head = {**made, "steps": []}
    for ci in out:
        claim = {"ci_id": f"ci-{ci}", "state": "not_out", "exact": False}
        yield (
            "ring that stands by itself",
            {**head, "claim": claim, "standing": [f"ci-{each}" for each in sorted(holding)]},
        )
    circle = [each for ci in sorted(excused) if (each := _falling(ci, drawn, excused)) is not None]
    for each in circle:
        claim = {"ci_id": each["ci_id"], "state": "outage", "exact": False}
        yield (
            "ring that falls by itself",
            {**head, "claim": claim, "steps": [{"rule": "no_source", "set": circle}], "standing": None},
        )


def _groups(estate: Estate, ci: int) -> Iterable[Group]:
    return estate.groups.get(ci, {}).values()


def _falling(ci: int, drawn: Drawn, excused: set[int]) -> Plain | None:
    # what a step would say of a CI of F, by a group that lost too many to F itself
    for name, (members, needed, feeds) in drawn.estate.groups.get(ci, {}).items():
        lost = [member for member in members if member in excused][: len(members) - needed + 1]
        if feeds and len(lost) == len(members) - needed + 1:
            group = f"runs_on|ci-{members[0]}" if name.startswith("plain") else f"组{name.removeprefix('g')}"
            cited = [{"relationship": f"ci-{ci}|runs_on|ci-{member}", "ci_id": f"ci-{member}"} for member in lost]
            return {"ci_id": f"ci-{ci}", "group": group, "members": len(members), "needed": needed, "lost": cited}
    return None
