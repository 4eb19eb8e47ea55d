"""Layered estates of any size: services over applications, components, data, machines, racks, switches and power.

Everything is drawn with one seed, as arrays, so that ten million CIs are made in a minute. Neighbours in a tier mostly
rest on neighbours in the next (the same pod), a fifth on anything; the numbers of the CIs are shuffled in the end, so
that nobody profits from the order they were made in.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.topology import Topology

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
PER_CI = 3.0  # relationships
FAR = 0.2  # share of relationships that leave the pod
POD = 0.004  # how wide a pod is, as a share of its tier
FED_SHARE = 0.05  # of groups, a plain hard relationship being a group of one

# from the ground up; shares of all CIs, what is left over are containers
TIERS = (
    ("backbone", "network_device", 0.0),
    ("site", "site", 0.00001),
    ("main feed", "power_feed", 0.00002),
    ("feed", "power_feed", 0.002),
    ("distribution switch", "network_device", 0.0005),
    ("rack", "rack", 0.01),
    ("access switch", "network_device", 0.02),
    ("host", "host", 0.1),
    ("volume", "volume", 0.06),
    ("virtual machine", "virtual_machine", 0.26),
    ("database", "database_instance", 0.03),
    ("middleware", "middleware", 0.05),
    ("inner component", "component", 0.16),
    ("container", "container", -1.0),
    ("application", "application", 0.06),
    ("business service", "business_service", 0.004),
)
LEAST = {"backbone": 1, "site": 2, "main feed": 4, "feed": 8, "distribution switch": 4, "business service": 4}
TYPES = (
    "depends_on",
    "runs_on",
    "stores_on",
    "connects_through",
    "powered_by",
    "located_in",
)


@dataclass(frozen=True, eq=False)
class LayeredEstate:
    """An estate as arrays, an entry per relationship as `Topology.from_edges` takes them; `kind` is into TYPES.

    `backbone`: the switch most of it rests on. `main_feeds`: one of the two feeds of each site. `tier`: of each CI,
    into TIERS. `owners`: how many CIs own a redundancy group.
    """

    n: int
    source: I32
    target: I32
    soft: Bool
    group: I32
    min_available: I32
    feeds: Bool
    kind: NDArray[np.uint8]
    tier: NDArray[np.uint8]
    backbone: int
    main_feeds: I32
    owners: int

    @property
    def m(self) -> int:
        """How many relationships."""
        return len(self.source)

    def topology(self) -> Topology:
        """The topology of it."""
        made: Topology = Topology.from_edges(self.n, **self.arrays())
        return made

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `Topology.from_edges` takes."""
        names = ("source", "target", "soft", "group", "min_available", "feeds")
        return {name: getattr(self, name) for name in names}

    def class_of_tier(self) -> list[str]:
        """The CI class of each tier."""
        return [name for _, name, _ in TIERS]


@dataclass
class _Draft:
    """Relationships as they are drawn, tier by tier; numbers are still those of the tiers' order."""

    rng: np.random.Generator
    start: dict[str, int]
    count: dict[str, int]
    parts: list[tuple[I64, I64, Bool, I64, I64, NDArray[np.uint8]]] = field(default_factory=list)
    groups: int = 0

    def near(self, tier: str, share: I64 | NDArray[np.float64]) -> I64:
        """For each owner, by where it lies in its own tier (0 … 1), a CI of the tier, mostly of the same pod."""
        some = self.rng
        place = np.where(
            some.random(len(share)) < FAR,
            some.random(len(share)),
            (share + POD * (some.random(len(share)) - 0.5)) % 1.0,
        )
        return (place * self.count[tier]).astype(np.int64) % self.count[tier]

    def some(self, tier: str, share: float) -> I64:
        """That share of a tier, drawn."""
        everyone = np.arange(self.count[tier], dtype=np.int64)
        return everyone if share >= 1 else everyone[self.rng.random(len(everyone)) < share]

    def link(self, tier: str, to: str, kind: str, *, times: int = 1, share: float = 1.0, soft: float = 0.0) -> None:
        """Plain relationships, `times` for each of a share of the tier."""
        owners = np.repeat(self.some(tier, share), times)
        targets = self.near(to, owners / self.count[tier])
        self.add(tier, owners, to, targets, kind, soft=self.rng.random(len(owners)) < soft)

    def cluster(
        self, tier: str, to: str, kind: str, *, members: int, needed: int, share: float, owners: I64 | None = None
    ) -> I64:
        """Redundancy groups, needed of members, for a share of the tier; members are neighbours. The owners."""
        members = min(members, self.count[to])
        owners = self.some(tier, share) if owners is None else owners
        first = self.near(to, owners / self.count[tier])
        targets = (first[:, None] + np.arange(members)) % self.count[to]
        number = self.groups + np.arange(len(owners), dtype=np.int64)
        self.groups += len(owners)
        many = np.repeat(owners, members)
        needs = np.full(len(many), min(needed, members), np.int64)
        self.add(tier, many, to, targets.ravel(), kind, group=np.repeat(number, members), needed=needs)
        return owners

    def add(
        self,
        tier: str,
        owners: I64,
        to: str,
        targets: I64,
        kind: str,
        *,
        soft: Bool | None = None,
        group: I64 | None = None,
        needed: I64 | None = None,
    ) -> None:
        """Relationships given outright."""
        size = len(owners)
        self.parts.append(
            (
                owners + self.start[tier],
                targets + self.start[to],
                np.zeros(size, np.bool_) if soft is None else soft,
                np.full(size, -1, np.int64) if group is None else group,
                np.ones(size, np.int64) if needed is None else needed,
                np.full(size, TYPES.index(kind), np.uint8),
            )
        )


def layered_estate(n: int, seed: int = 7, *, fed: bool = False) -> LayeredEstate:
    """An estate of `n` CIs and about three times as many relationships; the same for the same arguments.

    About 7 % of the CIs own a redundancy group. With `fed`, a twentieth of all groups feed, and rings of access
    switches feed each other beside the switch above them.
    """
    rng = np.random.default_rng([seed, n])
    counts = _counts(n)
    starts = dict(zip(counts, np.cumsum([0, *counts.values()]).tolist(), strict=False))
    draft = _Draft(rng, starts, counts)
    for draw in (_ground, _machines, _software, _cycles):
        draw(draft)
    first_ring = _rings(draft) if fed else draft.groups
    return _finished(n, draft, first_ring, fed=fed)


def _counts(n: int) -> dict[str, int]:
    counts = {name: max(LEAST.get(name, 0), round(share * n)) for name, _, share in TIERS if share >= 0}
    counts["main feed"] = 2 * counts["site"]
    left = n - sum(counts.values())
    if left < n // 10:
        raise ValueError(f"an estate of {n} CIs is too small for its tiers")
    return {name: left if share < 0 else counts[name] for name, _, share in TIERS}


def _ground(draft: _Draft) -> None:
    feeds = np.arange(draft.count["feed"], dtype=np.int64)
    sites = draft.count["site"]
    mains = np.arange(draft.count["main feed"], dtype=np.int64)
    draft.add("main feed", mains, "site", mains // 2, "located_in")
    # feeds lie in pairs, the even ones on the first main feed of their site, the odd ones on the second
    site = (feeds // 2) * sites // max(1, (len(feeds) + 1) // 2)
    draft.add("feed", feeds, "main feed", 2 * site + feeds % 2, "powered_by")
    everyone = np.arange(draft.count["distribution switch"], dtype=np.int64)
    draft.add("distribution switch", everyone, "backbone", np.zeros_like(everyone), "connects_through")
    draft.link("distribution switch", "site", "located_in")
    _powered(draft)
    draft.link("access switch", "distribution switch", "connects_through")
    draft.link("access switch", "rack", "located_in")


def _powered(draft: _Draft) -> None:
    racks = np.arange(draft.count["rack"], dtype=np.int64)
    pairs = draft.count["feed"] // 2
    pair = np.minimum(draft.near("feed", racks / len(racks)) // 2, pairs - 1)
    number = draft.groups + racks
    draft.groups += len(racks)
    both = (2 * pair[:, None] + np.arange(2)).ravel()
    ones = np.ones(2 * len(racks), np.int64)
    draft.add("rack", np.repeat(racks, 2), "feed", both, "powered_by", group=np.repeat(number, 2), needed=ones)
    draft.link("rack", "site", "located_in")


def _machines(draft: _Draft) -> None:
    draft.link("host", "rack", "located_in")
    paired = draft.cluster("host", "access switch", "connects_through", members=2, needed=1, share=0.25)
    alone = np.setdiff1d(np.arange(draft.count["host"], dtype=np.int64), paired)
    near = draft.near("access switch", alone / draft.count["host"])
    draft.add("host", alone, "access switch", near, "connects_through")
    draft.link("volume", "host", "stores_on")
    draft.link("virtual machine", "host", "runs_on")
    draft.link("virtual machine", "volume", "stores_on", times=2)
    draft.link("virtual machine", "access switch", "connects_through", share=0.3)


def _software(draft: _Draft) -> None:
    draft.link("database", "virtual machine", "runs_on")
    draft.link("database", "volume", "stores_on")
    draft.link("middleware", "virtual machine", "runs_on")
    draft.cluster("middleware", "database", "depends_on", members=3, needed=2, share=0.2)
    draft.link("inner component", "virtual machine", "runs_on")
    draft.link("inner component", "middleware", "depends_on", soft=0.1)
    draft.link("inner component", "database", "depends_on", soft=0.1)
    draft.link("container", "virtual machine", "runs_on")
    draft.link("container", "inner component", "depends_on", times=2, soft=0.25)
    draft.link("container", "middleware", "depends_on", share=0.6, soft=0.2)
    draft.link("application", "container", "depends_on", times=5)
    draft.link("application", "database", "depends_on", soft=0.2)
    draft.cluster("application", "container", "depends_on", members=3, needed=1, share=0.42)
    draft.link("business service", "application", "depends_on", times=5, soft=0.1)


def _cycles(draft: _Draft) -> None:
    # calls in a circle: small ones of 2 to 7 for a tenth of the inner components, and one that grew large
    total = draft.count["inner component"]
    members = draft.rng.permutation(total)[: total // 10].astype(np.int64)
    size = draft.rng.integers(2, 8, len(members))
    ends = np.minimum(np.cumsum(size), len(members))
    label = np.searchsorted(ends, np.arange(len(members)), side="right")
    order = np.arange(len(members))
    last = np.ones(len(members), np.bool_)
    last[:-1] = label[1:] != label[:-1]
    first = np.searchsorted(label, label)
    following = np.where(last, first, np.minimum(order + 1, len(members) - 1))
    soft = draft.rng.random(len(members)) < 0.3
    draft.add("inner component", members, "inner component", members[following], "depends_on", soft=soft)
    large = draft.rng.permutation(total)[: max(3, total // 300)].astype(np.int64)
    draft.add("inner component", large, "inner component", np.roll(large, 1), "depends_on")


def _rings(draft: _Draft) -> int:
    """Rings of eight access switches: each fed by one of its two neighbours or by the switch above. The first group."""
    first = draft.groups
    total = draft.count["access switch"] // 10 // 8 * 8
    ring = np.arange(total, dtype=np.int64)
    number = draft.groups + ring
    draft.groups += total
    ones = np.ones(total, np.int64)
    for step in (1, 7):
        peer = ring // 8 * 8 + (ring + step) % 8
        draft.add("access switch", ring, "access switch", peer, "connects_through", group=number, needed=ones)
    above = draft.near("distribution switch", ring / draft.count["access switch"])
    head = ring % 8 == 0
    draft.add(
        "access switch", ring[head], "distribution switch", above[head], "connects_through",
        group=number[head], needed=ones[head],
    )  # fmt: skip
    return first


def _finished(n: int, draft: _Draft, first_ring: int, *, fed: bool) -> LayeredEstate:
    source, target, soft, group, needed, kind = (np.concatenate(column) for column in zip(*draft.parts, strict=True))
    # a pair is related once; of two that were drawn the grouped one stays
    order = np.argsort(group < 0, kind="stable")
    _, once = np.unique((source * n + target)[order], return_index=True)
    kept = np.sort(order[once])
    kept = kept[source[kept] != target[kept]]
    spare = PER_CI * n - len(kept)
    if spare < 0:
        # thinned among plain relationships of containers, of which there are plenty
        start, size = draft.start["container"], draft.count["container"]
        plain = (group[kept] < 0) & (source[kept] >= start) & (source[kept] < start + size)
        dropped = draft.rng.permutation(np.flatnonzero(plain))[: int(-spare)]
        kept = np.delete(kept, dropped)
    source, target, soft, group, needed, kind = (a[kept] for a in (source, target, soft, group, needed, kind))
    needed = _within_members(group, needed)
    feeds = _fed(draft.rng, source, group, soft, first_ring) if fed else np.zeros(len(source), np.bool_)
    mixed = draft.rng.permutation(len(source))
    number = draft.rng.permutation(n).astype(np.int32)
    tier = np.empty(n, np.uint8)
    tier[number] = np.repeat(np.arange(len(TIERS), dtype=np.uint8), list(draft.count.values()))
    mains = draft.start["main feed"] + np.arange(0, draft.count["main feed"], 2)
    order_of: Callable[[NDArray[Any]], NDArray[Any]] = lambda a: a[mixed]  # noqa: E731 - one word for nine arrays
    return LayeredEstate(
        n=n,
        source=number[order_of(source)],
        target=number[order_of(target)],
        soft=order_of(soft),
        group=order_of(group).astype(np.int32),
        min_available=order_of(needed).astype(np.int32),
        feeds=order_of(feeds),
        kind=order_of(kind),
        tier=tier,
        backbone=int(number[0]),
        main_feeds=number[mains],
        owners=len(np.unique(source[group >= 0])),
    )


def _within_members(group: I64, needed: I64) -> I64:
    # pairs drawn twice leave some groups smaller than they were meant
    size = np.bincount(group[group >= 0], minlength=1)
    return np.where(group >= 0, np.minimum(needed, size[np.maximum(group, 0)]), 1)


def _fed(rng: np.random.Generator, source: I64, group: I64, soft: Bool, first_ring: int) -> Bool:
    """Which relationships feed: whole groups, a twentieth of them, and the rings."""
    groups = int(group.max(initial=-1)) + 1
    drawn = rng.random(groups) < FED_SHARE
    drawn[first_ring:] = True
    plain = (group < 0) & ~soft & (rng.random(len(source)) < FED_SHARE)
    return np.where(group >= 0, drawn[np.maximum(group, 0)], plain)
