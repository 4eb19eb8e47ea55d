"""Whatever is changed in an answer with its proofs is refused, or was never said to be proved."""

import copy
import io
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.certificates import judged, read_proofs
from graph.errors import BadInputError
from graph.estate import Estate
from queries.blast_radius import blast_radius
from queries.causes import Causes
from queries.steps import Signature
from tests.graph.estates import LONG, Drawn, cases, estates, named_estate, seeds_of

Plain = dict[str, Any]
Path = tuple[str | int, ...]
EXAMPLES = settings(max_examples=cases(5_000, 50), deadline=None, suppress_health_check=list(HealthCheck))
SIGNATURE = Signature("store", "hash", "2026-11-23T22:00:00+08:00")
UNPROVED = {"hops", "margin", "left", "confidence", "reasons"}  # told, and by no certificate
OF_SEARCH = {"total", "complete", "order", "enough"}  # of causes: how far was looked
WORDS = ("outage", "degraded", "at_risk", "retire", "seed", "provider_out", "host", "business_service", "ci-0", "ci-1")


def is_accepted(answer: Plain, estate: Estate) -> bool:
    """Whether `check` takes a file with it: the store, revision and hash of the certificates aside."""
    try:
        proofs = list(read_proofs(io.BytesIO(orjson.dumps(answer)), "answer"))
        return all(judged(proof, estate).accepted for proof in proofs)
    except BadInputError:
        return False


def leaves(plain: Any, path: Path = ()) -> Iterator[Path]:
    """Where an answer has a value that is none of others."""
    below = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else None
    if below is None:
        yield path
    for key, each in below or ():
        yield from leaves(each, (*path, key))


def changed(answer: Plain, path: Path, random: Random) -> Plain:
    """A copy with another value there, of its kind."""
    forged = copy.deepcopy(answer)
    holder: Any = forged
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    if isinstance(old, bool):
        holder[path[-1]] = not old
    elif isinstance(old, int):
        holder[path[-1]] = max(0, old + random.choice((-1, 1)))
    else:
        holder[path[-1]] = random.choice([word for word in WORDS if word != old])
    return forged


def said(answer: Plain) -> list[Any]:
    """What an answer says of whom."""
    rows: list[Any] = [(row["ci_id"], row["state"], row["ci_class"]) for row in answer.get("affected", ())]
    rows += [(seed["ci_id"], seed["effect"]) for seed in answer.get("seeds", ())]
    rows += [tuple(service.values()) for service in answer.get("services", ())]
    return [*rows, answer.get("counts"), answer["revision"], answer.get("ci_id"), answer.get("state")]


def is_of_nobody_listed(answer: Plain, path: Path) -> bool:
    """Whether it is of a service beyond the rows listed, or of a seed that no certificate rests on."""
    if path[0] not in ("services", "seeds"):
        return False
    ci_id, rows = answer[path[0]][path[1]]["ci_id"], answer["affected"]
    if path[0] == "seeds":
        return all(seed["ci_id"] != ci_id for row in rows for seed in row["certificate"]["seeds"])
    return answer["total"] > answer["shown"] and all(row["ci_id"] != ci_id for row in rows)


def without_a_row(answer: Plain, random: Random) -> Plain:
    """A copy that keeps one thing less, or one twice, of a list."""
    forged = copy.deepcopy(answer)
    places = [(name, at) for name in ("affected", "services", "seeds") for at in range(len(forged[name]))]
    name, at = random.choice([place for place in places if not is_of_nobody_listed(answer, place)])
    rows = forged[name]
    if random.random() < 0.5:
        del rows[at]
    else:
        rows.append(rows[at])
    return forged


@pytest.mark.many
def test_a_change_anywhere_is_refused_or_leaves_what_is_proved_as_it_was() -> None:
    refused = Counter[str]()

    @EXAMPLES
    @given(st.data())
    def one_world(data: st.DataObject) -> None:
        drawn: Drawn = data.draw(estates(most=8))
        estate = named_estate(drawn)
        seeds: Any = data.draw(seeds_of(drawn))
        random = Random(data.draw(st.integers(0, 2**32 - 1)))
        radius = blast_radius(estate, {f"ci-{ci}": effect for ci, effect in seeds.items()})
        answers = [radius.plain(signature=SIGNATURE, limit=random.choice((None, 2)))]
        hit = [ci for ci in range(drawn.n) if radius.explaining(ci).found.state(ci)]
        answers += [Causes(radius, ci).plain(SIGNATURE, limit=9) for ci in hit[:1]]
        for answer in answers:
            if not answer.get("affected") and not answer.get("sets"):
                continue
            assert is_accepted(answer, estate), answer
            paths = list(leaves(answer))
            for path in random.sample(paths, min(len(paths), 12)):
                forged = changed(answer, path, random)
                if forged == answer:
                    continue
                name = next(str(key) for key in reversed(path) if isinstance(key, str))
                if not is_accepted(forged, estate):
                    refused[name] += 1
                    continue
                if is_of_nobody_listed(answer, path):
                    continue
                assert "certificate" in path or name in UNPROVED | (OF_SEARCH if "sets" in answer else set()), path
                assert said(forged) == said(answer)
            if "affected" in answer:
                forged = without_a_row(answer, random)
                assert not is_accepted(forged, estate), forged

    one_world()
    assert {"state", "ci_id", "effect", "exact", "ci_class", "outage", "total", "shown", "complete", "name"} < set(
        refused
    )
    assert refused.total() >= (10_000 if LONG else 500)
