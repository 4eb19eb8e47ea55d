"""The estate as sections: relationships as they are given to a topology, which is made anew and so checks them.

The compressed rows themselves are not kept: compiled loops trust them, and nobody else's file is to be trusted so.
Relationships lie in the order of the rows that they were in; where that is found to be so the rows are as quickly made.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.estate import CRITICALITIES, Estate
from graph.kernels.build import FEED, SOFT
from graph.ontology import Ontology
from graph.placed import placed
from graph.portable.container import Container, Writer
from graph.strings import StringTable
from graph.topology import Topology

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
HIDDEN = 4  # columns of `Estate.hidden`


def in_order(texts: Any, estate: Estate) -> StringTable:
    """Texts of CIs in the order in which a file numbers these: by place, providers first.

    So a topology is built of it four times as fast as of numbers in any order, and relationships pack better.
    """
    return StringTable.of(texts[int(ci)] for ci in estate.topology.csr.index)


def write_estate(writer: Writer, estate: Estate, ids: StringTable) -> dict[str, Any]:
    """Add the sections of a settled estate, whose ids these are `in_order`; returns what goes with them."""
    csr = estate.topology.csr
    code, grouped = csr.code, csr.code >= 0
    group = estate.group[csr.origin]
    needed = np.ones(len(estate.group_names), np.int32)
    needed[group[grouped]] = csr.needed[code[grouped]]
    feeds = code == FEED
    feeds[grouped] = csr.feeds[code[grouped]]
    hidden = estate.hidden.astype(np.int32)
    hidden[:, :2] = csr.place[hidden[:, :2]]
    arrays: dict[str, NDArray[Any]] = {
        "degree": csr.end - csr.beg, "target": csr.to, "soft": (code == SOFT).astype(np.uint8),
        "feeds": feeds.astype(np.uint8), "group": group, "needed": needed, "type": estate.type_code[csr.origin],
        "class": estate.class_code[csr.index], "criticality": estate.criticality[csr.index],
        "hidden": hidden.reshape(-1),
    }  # fmt: skip
    for name, array in arrays.items():
        writer.array(name, array)
    write_texts(writer, "ids", ids)
    write_texts(writer, "groups", StringTable.of(estate.group_names))
    write_texts(writer, "names", in_order(estate.names, estate), findable=False)
    for name, found in (("impossible", estate.quorum_impossible), ("lost", estate.dependency_lost)):
        writer.plain(name, sorted((int(csr.place[ci]), group_name) for ci, group_name in found))
    said = estate.meta()
    return {name: said[name] for name in ("revision", "class_names", "type_names")}


def write_texts(writer: Writer, name: str, table: StringTable, *, findable: bool = True) -> None:
    """Add a table of texts, with what it takes to find one where that is wanted."""
    writer.array(f"{name}.blob", table.blob)
    writer.array(f"{name}.length", np.diff(table.offsets).astype(np.int32))
    if findable:
        writer.array(f"{name}.hash", table.hashes)
        writer.array(f"{name}.order", table.order)


def read_texts(held: Container, name: str, *, findable: bool = True) -> StringTable:
    """A table of texts, each of which can be read."""
    blob, length = held.array(f"{name}.blob", "|u1"), held.array(f"{name}.length", "<i4")
    offsets = np.zeros(len(length) + 1, np.int64)
    np.cumsum(length, out=offsets[1:])
    if (length < 0).any() or offsets[-1] != len(blob):
        raise held.malformed(name)
    try:
        blob.tobytes().decode()
    except UnicodeDecodeError as error:
        raise held.malformed(name) from error
    starts = offsets[:-1][length > 0]
    if ((blob[starts] & 0xC0) == 0x80).any():  # within a character
        raise held.malformed(name)
    if not findable:
        return StringTable(blob, offsets, np.empty(0, np.uint64), np.empty(0, np.int32))
    hashes, order = held.array(f"{name}.hash", "<u8", len(length)), held.array(f"{name}.order", "<i4", len(length))
    _within(held, f"{name}.order", order, 0, len(length))
    return StringTable(blob, offsets, hashes, order)


def read_estate(held: Container, ontology: Ontology) -> Estate:
    """The estate of a file whose types are those of this ontology; `snapshot.malformed` for one that cannot be."""
    class_names, type_names = _words(held, "class_names"), _words(held, "type_names")
    if type_names != tuple(ontology.relationship_types) or not set(class_names) <= set(ontology.classes):
        raise held.malformed("ontology")
    ids, names, groups = (read_texts(held, "ids"), read_texts(held, "names", findable=False),
                          read_texts(held, "groups"))  # fmt: skip
    n = len(ids)
    degree, classes = held.array("degree", "<i4", n), held.array("class", "<u2", n)
    criticality = held.array("criticality", "|u1", n)
    m = int(degree.sum(dtype=np.int64))
    if len(names) != n or (degree < 0).any() or m != len(held.array("target", "<i4")):
        raise held.malformed("degree")
    group, code = held.array("group", "<i4", m), held.array("type", "|u1", m)
    _within(held, "group", group, -1, len(groups))
    _within(held, "type", code, 0, len(type_names))
    _within(held, "class", classes, 0, len(class_names))
    _within(held, "criticality", criticality, 0, len(CRITICALITIES))
    return Estate(
        revision=_number(held, "revision"),
        topology=_topology(held, degree, group, len(groups)),
        ids=ids, names=names, class_names=class_names, class_code=classes, criticality=criticality,
        type_names=type_names, type_code=code, group=group, group_names=groups,
        turned_types=tuple(name for name in type_names if ontology.relationship_types[name].provider == "source"),
        hidden=_hidden(held, n, len(type_names), len(groups)),
        quorum_impossible=_named(held, "impossible", n), dependency_lost=_named(held, "lost", n),
    )  # fmt: skip


def _topology(held: Container, degree: I32, group: I32, groups: int) -> Topology:
    m = len(group)
    to, soft, feeds = held.array("target", "<i4", m), held.array("soft", "|u1", m), held.array("feeds", "|u1", m)
    needed = held.array("needed", "<i4", groups)
    found = placed(degree, to, soft, group, needed, feeds)
    if found is not None:
        return found
    source = np.repeat(np.arange(len(degree), dtype=np.int32), degree)
    least = np.where(group < 0, 1, needed[np.maximum(group, 0)] if groups else 1)
    try:
        built = Topology.from_edges(
            len(degree), source, to, soft=soft != 0, group=group, min_available=least, feeds=feeds != 0
        )
    except ValueError as error:
        raise held.malformed("relationships") from error
    if built.m != m:  # each of them stands for itself
        raise held.malformed("relationships")
    return built


def _hidden(held: Container, n: int, types: int, groups: int) -> I32:
    flat = held.array("hidden", "<i4")
    if len(flat) % HIDDEN:
        raise held.malformed("hidden")
    rows: I32 = flat.reshape(-1, HIDDEN)
    for column, low, high in ((0, 0, n), (1, 0, n), (2, 0, types), (3, -1, groups)):
        _within(held, "hidden", rows[:, column], low, high)
    return rows


def _within(held: Container, name: str, numbers: NDArray[Any], low: int, high: int) -> None:
    if len(numbers) and (int(numbers.min()) < low or int(numbers.max()) >= high):
        raise held.malformed(name)


def _words(held: Container, name: str) -> tuple[str, ...]:
    found = held.meta.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise held.malformed(name)
    return tuple(found)


def _number(held: Container, name: str) -> int:
    found = held.meta.get(name)
    if type(found) is not int or not 0 <= found < 2**63:
        raise held.malformed(name)
    return found


def _named(held: Container, name: str, n: int) -> tuple[tuple[int, str], ...]:
    match held.plain(name):
        case list() as rows if all(_is_named(row, n) for row in rows):
            return tuple((int(ci), str(group)) for ci, group in rows)
    raise held.malformed(name)


def _is_named(row: object, n: int) -> bool:
    match row:
        case [int() as ci, str()]:
            return 0 <= ci < n
    return False
