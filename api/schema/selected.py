"""What of a field's answer is asked for, so that it can be read at once."""

from collections.abc import Iterable, Iterator

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from api.schema.reading import Info


def selected(info: Info, *path: str) -> set[str]:
    """Names of the fields that are asked of what lies at `path` below the field, whatever type they are asked of.

    Those that a directive leaves out are among them.
    """
    raw = info._raw_info
    found = [node.selection_set for node in raw.field_nodes]
    for name in path:
        found = [each.selection_set for each in _fields(found, raw.fragments) if each.name.value == name]
    return {each.name.value for each in _fields(found, raw.fragments)}


def _fields(
    sets: Iterable[SelectionSetNode | None], fragments: dict[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    seen = set[str]()
    waiting = list(sets)
    while waiting:
        some = waiting.pop()
        for each in () if some is None else some.selections:
            if isinstance(each, FieldNode):
                yield each
            elif isinstance(each, InlineFragmentNode):
                waiting.append(each.selection_set)
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in seen:
                seen.add(each.name.value)
                waiting.append(fragments[each.name.value].selection_set)
