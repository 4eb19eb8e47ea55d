"""Certificates tampered with, at random and on purpose."""

import copy
from collections.abc import Callable
from random import Random
from typing import Any

Plain = dict[str, Any]
STATES = ("outage", "degraded", "at_risk", "not_out")
RULES = ("seed", "group_broken", "provider_out", "redundancy_lost", "soft_provider_out", "provider_at_risk")


def tampered(made: Plain, ids: list[str], random: Random) -> Plain:
    """The certificate with one to three things changed."""
    forged = copy.deepcopy(made)
    for _ in range(random.randint(1, 3)):
        random.choice(TRICKS)(forged, ids, random)
    return forged


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


def _change_a_value(forged: Plain, ids: list[str], random: Random) -> None:
    places = list(_leaves(forged["steps"]))
    if not places:
        return
    holder, key = random.choice(places)
    if isinstance(holder[key], int):
        holder[key] = max(0, holder[key] + random.choice((-1, 1)))
    elif key == "rule":
        holder[key] = random.choice(RULES)
    elif key == "ci_id":
        holder[key] = random.choice(ids)
    elif key == "relationship":
        source, kind, target = holder[key].split("|")
        holder[key] = random.choice((f"{target}|{kind}|{source}", f"{source}|runs_on|{target}"))
    elif key == "effect":
        holder[key] = random.choice(("outage", "degraded", "retire"))


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


TRICKS: tuple[Callable[[Plain, list[str], Random], None], ...] = (
    _drop_step, _swap_steps, _repeat_step, _invent_step, _change_a_value, _drop_lost, _shrink_set, _claim_more,
    _other_seeds, _other_standing,
)  # fmt: skip


def useless(made: Plain) -> list[Plain]:
    """Certificates that prove nothing any more, whatever is true: a step or a member is missing, a count is wrong."""
    found: list[Plain] = []

    def with_change(change: Callable[[Plain], None]) -> None:
        forged = copy.deepcopy(made)
        change(forged)
        found.append(forged)

    for i, step in enumerate(made["steps"]):
        with_change(lambda forged, i=i: forged["steps"].pop(i))  # type: ignore[misc]
        if "members" in step:
            for key in ("members", "needed"):
                with_change(lambda f, i=i, key=key: f["steps"][i].update({key: f["steps"][i][key] + 1}))  # type: ignore[misc]
            with_change(lambda f, i=i: f["steps"][i]["lost"].pop())  # type: ignore[misc]
            with_change(lambda f, i=i: f["steps"][i]["lost"].append(f["steps"][i]["lost"][0]))  # type: ignore[misc]
    if len(made["steps"]) > 1:
        with_change(lambda forged: forged["steps"].reverse())
    if made["claim"]["state"] == "not_out" or made["claim"]["exact"]:
        with_change(lambda forged: forged.update(standing=None))
        with_change(lambda forged: forged["standing"].remove(forged["claim"]["ci_id"]))
    return found
