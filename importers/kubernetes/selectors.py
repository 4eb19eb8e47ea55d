"""Label selectors: which pods are meant."""

from collections.abc import Mapping
from dataclasses import dataclass

from importers.kubernetes.shapes import Misshapen, Node

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


@dataclass(frozen=True, slots=True)
class Expression:
    """One requirement on one label."""

    key: str
    operator: str
    values: frozenset[str]

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it. An absent label meets `NotIn`, as in Kubernetes."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case _:
                return self.key not in labels


@dataclass(frozen=True, slots=True)
class Selector:
    """All of its labels and expressions must hold; `nothing` selects no pod whatever its labels."""

    labels: Mapping[str, str]
    expressions: tuple[Expression, ...] = ()
    nothing: bool = False

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether pods with these labels are meant."""
        return (
            not self.nothing
            and includes(labels, self.labels)
            and all(expression.holds(labels) for expression in self.expressions)
        )


def includes(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether `labels` hold every wanted one."""
    return all(labels.get(name) == value for name, value in wanted.items())


def selector_of(spec: Node, *, empty_selects: bool) -> Selector:
    """The `selector` of a PodDisruptionBudget.

    `empty_selects`: `{}` means every pod of the namespace (policy/v1) or none (policy/v1beta1); absent is always none.
    """
    written = spec.node("selector")
    labels = written.texts("matchLabels")
    expressions = tuple(_expression(node) for node in written.nodes("matchExpressions"))
    empty = not labels and not expressions
    return Selector(labels, expressions, nothing=empty and not (empty_selects and spec.has("selector")))


def _expression(node: Node) -> Expression:
    key, operator = node.text("key"), node.text("operator")
    if not key or operator not in OPERATORS:
        raise Misshapen(node.at("operator"), "operator", operators=", ".join(OPERATORS))
    return Expression(key, operator, node.words("values"))
