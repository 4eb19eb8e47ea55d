"""How many replicas of a workload are needed, from the PodDisruptionBudgets that select its pods."""

from collections.abc import Iterator, Sequence

from graph.errors import Message, ParamValue
from importers.kubernetes.objects import Budget, Workload


def quorum_of(workload: Workload, budgets: Sequence[Budget]) -> tuple[int, list[Message]]:
    """The needed replicas of a workload, 1 to its number of replicas (which is at least 1), and notes.

    `budgets` are those that select its pods. Without one, any single replica is taken to be enough; of several the
    strictest counts.

    References
    ----------
    Kubernetes, "Specifying a Disruption Budget for your Application": rounding logic of percentages.
    """
    replicas, title = workload.replicas, workload.identity.title
    if replicas == 1:
        return 1, []
    if not budgets:
        return 1, [Message("kubernetes.quorum_assumed", {"workload": title, "replicas": replicas})]
    wanted = [_wanted(budget, replicas) for budget in budgets]
    strictest = max(range(len(budgets)), key=wanted.__getitem__)
    needed = min(max(wanted[strictest], 1), replicas)
    return needed, list(_notes(title, budgets, strictest, wanted[strictest], replicas))


def _wanted(budget: Budget, replicas: int) -> int:
    if budget.stay is not None:
        return budget.stay.of(replicas)
    return replicas - budget.go.of(replicas) if budget.go is not None else 0


def _notes(title: str, budgets: Sequence[Budget], chosen: int, wanted: int, replicas: int) -> Iterator[Message]:
    params: dict[str, ParamValue] = {"workload": title, "budget": budgets[chosen].identity.name, "replicas": replicas}
    if len(budgets) > 1:
        yield Message("kubernetes.budgets_many", {**params, "count": len(budgets)})
    if wanted < 1:
        yield Message("kubernetes.budget_nothing", params)
    elif wanted > replicas:
        yield Message("kubernetes.budget_above", {**params, "wanted": wanted})
