"""The register as files that others read: inventory, GraphML, node-link JSON, Cypher."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from api.register import Register
from graph.errors import BadInputError
from graph.history import CI, RELATIONSHIP, Thing
from graph.store import ends_of

Things = Iterator[tuple[str, str, Thing]]


def export(register: Register, format_: str, path: Path, as_of: str | None, *, spreadsheet: bool) -> dict[str, int]:
    """Write the register, now or as it was; returns how many rows went where.

    Raises BadInputError `door.cannot_write` naming the path.
    """
    from importers.inventory.export import export_inventory

    things = register.store.everything(revision=register.revision_of(as_of))
    try:
        if format_ == "inventory":
            return export_inventory(things, register.store.ontology, path, spreadsheet=spreadsheet)
        writer = {"graphml": _graphml, "json": _node_link, "cypher": _cypher}[format_]
        cis, relationships = _split(things)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(writer(cis, relationships))
    except OSError as error:
        raise BadInputError("door.cannot_write", path=str(path), reason=error.strerror or "") from error
    return {"cis": len(cis), "relationships": len(relationships)}


def _split(things: Things) -> tuple[dict[str, Any], dict[str, Any]]:
    cis: dict[str, Any] = {}
    relationships: dict[str, Any] = {}
    for kind, key, thing in things:
        if kind == CI:
            cis[key] = thing.state
        elif kind == RELATIONSHIP:
            relationships[key] = thing.state
    return dict(sorted(cis.items())), dict(sorted(relationships.items()))


def _node_link(cis: Mapping[str, Any], relationships: Mapping[str, Any]) -> Iterator[str]:
    # the form of nx.node_link_graph (edges="edges"), a multigraph because two CIs may be related in several ways
    yield '{"directed": true, "multigraph": true, "graph": {}, "nodes": ['
    for at, (ci_id, state) in enumerate(cis.items()):
        yield (", " if at else "") + json.dumps(_beside(state, id=ci_id), ensure_ascii=False)
    yield '], "edges": ['
    for at, (key, state) in enumerate(relationships.items()):
        source, kind, target = ends_of(key)
        edge = _beside(state, source=source, target=target, key=kind, type=kind)
        yield (", " if at else "") + json.dumps(edge, ensure_ascii=False)
    yield "]}\n"


def _beside(state: Mapping[str, Any], **own: str) -> dict[str, Any]:
    # a field that is called as one of the form's own keeps its value under another name
    return {f"attribute.{name}" if name in own else name: value for name, value in state.items()} | own


def _graphml(cis: Mapping[str, Any], relationships: Mapping[str, Any]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for end, table in (("node", cis), ("edge", relationships)):
        names = {name for state in table.values() for name in state} | ({"type"} if end == "edge" else set())
        for name in sorted(names):
            yield f"<key id={quoteattr(end + '.' + name)} for={quoteattr(end)} "
            yield f'attr.name={quoteattr(name)} attr.type="string"/>\n'
    yield '<graph edgedefault="directed">\n'
    for ci_id, state in cis.items():
        yield f"<node id={quoteattr(ci_id)}>{''.join(_data('node', state))}</node>\n"
    for key, state in relationships.items():
        source, kind, target = ends_of(key)
        data = "".join(_data("edge", {**state, "type": kind}))
        yield f"<edge source={quoteattr(source)} target={quoteattr(target)}>{data}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _data(end: str, state: Mapping[str, Any]) -> Iterator[str]:
    for name, value in state.items():
        text = "|".join(value) if isinstance(value, list) else str(value)
        yield f"<data key={quoteattr(end + '.' + name)}>{escape(_xml(text))}</data>"


def _xml(text: str) -> str:
    # XML 1.0 has no form for U+FFFE and U+FFFF; other characters it forbids are never kept
    return text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _cypher(cis: Mapping[str, Any], relationships: Mapping[str, Any]) -> Iterator[str]:
    yield "// Faultline: CIs and relationships as Cypher statements, for a database of another kind.\n"
    for ci_id, state in cis.items():
        yield f"MERGE (c:CI {{ci_id: {_literal(ci_id)}}}) SET c += {_map(state)};\n"
    for key, state in relationships.items():
        source, kind, target = ends_of(key)
        yield f"MATCH (a:CI {{ci_id: {_literal(source)}}}), (b:CI {{ci_id: {_literal(target)}}}) "
        yield f"MERGE (a)-[r:{kind}]->(b) SET r += {_map(state)};\n"


def _map(state: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{_name(name)}: {_literal(value)}" for name, value in sorted(state.items())) + "}"


def _name(name: str) -> str:
    # some engines read \u escapes in names before anything else, others do not: no backslash may be left
    return "`" + name.replace("\\", "＼").replace("`", "``") + "`"


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    # backslashes first: \u escapes are read by Cypher before anything else
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r") + "'"
