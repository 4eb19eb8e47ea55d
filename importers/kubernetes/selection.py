"""Which workloads a Service selects and which budgets select a workload, without comparing each with each."""

from collections.abc import Mapping

from importers.kubernetes.estate import Namespace
from importers.kubernetes.objects import Budget, Workload
from importers.kubernetes.selectors import includes

Label = tuple[str, str]


class Selection:
    """The workloads and budgets of one namespace, by one label each."""

    def __init__(self, namespace: Namespace) -> None:
        self._workloads: dict[Label, list[Workload]] = {}
        self._budgets: dict[Label | None, list[Budget]] = {}
        for workload in namespace.workloads:
            for label in workload.labels.items():
                self._workloads.setdefault(label, []).append(workload)
        for budget in namespace.budgets:
            wanted = next(iter(budget.selector.labels.items()), None)
            self._budgets.setdefault(wanted, []).append(budget)

    def workloads(self, wanted: Mapping[str, str]) -> list[Workload]:
        """Those whose pods carry all these labels; no label wanted is no workload."""
        candidates = (self._workloads.get(label, []) for label in wanted.items())
        return [workload for workload in min(candidates, key=len, default=[]) if includes(workload.labels, wanted)]

    def budgets(self, labels: Mapping[str, str]) -> list[Budget]:
        """Those that select pods with these labels, in the order of their names."""
        candidates = (budget for label in (None, *labels.items()) for budget in self._budgets.get(label, []))
        selected = (budget for budget in candidates if budget.selector.selects(labels))
        return sorted(selected, key=lambda budget: budget.identity.name)
