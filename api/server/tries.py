"""Mutations that only try: they write nothing, so they end as queries do when their time is over or nobody waits."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    ValueNode,
    VariableNode,
)

TRIED, FLAG = "editCi", "dryRun"


def only_tries(operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> bool:
    """Whether all that a mutation asks for are edits of a CI that are only tried.

    What says so in another way than by a field with a value or a variable that was given counts as one that writes.
    """
    return all(_is_try(each, variables or {}) for each in operation.selection_set.selections)


def _is_try(selection: SelectionNode, given: Mapping[str, Any]) -> bool:
    if not isinstance(selection, FieldNode) or selection.name.value != TRIED:
        return False
    return [_is_dry(each.value, given) for each in selection.arguments or ()] == [True]


def _is_dry(value: ValueNode, given: Mapping[str, Any]) -> bool:
    if isinstance(value, VariableNode):
        found = given.get(value.name.value)
        return isinstance(found, Mapping) and found.get(FLAG) is True
    if not isinstance(value, ObjectValueNode):
        return False
    return [_is_true(each.value, given) for each in value.fields or () if each.name.value == FLAG] == [True]


def _is_true(value: ValueNode, given: Mapping[str, Any]) -> bool:
    if isinstance(value, VariableNode):
        return given.get(value.name.value) is True
    return isinstance(value, BooleanValueNode) and value.value
