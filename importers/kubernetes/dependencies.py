"""Which Services a workload depends on: the addresses in its containers' variables."""

from collections import Counter
from collections.abc import Iterator

from graph.errors import Message, ParamValue
from graph.values import shown
from importers.kubernetes.addresses import Address, Nobody, addresses_in, expanded, owner_of
from importers.kubernetes.estate import Estate, Namespace, counted, unresolved, warning
from importers.kubernetes.objects import ConfigMap, Container, Variable, WholeConfig, Workload
from importers.model import Finding, RelationshipObservation, Seen


def address_dependencies(estate: Estate, namespace: Namespace) -> Iterator[Seen]:
    """Relationships workload → Service of a namespace, once each; addresses of nobody, once for each variable.

    Host names of the world outside are counted in one warning of the namespace: they may be worth a CI, but which one
    is not in these files.
    """
    outside: Counter[str] = Counter()
    for workload in namespace.workloads:
        yield from _of_workload(estate, namespace, workload, outside)
    if outside:
        hosts: dict[str, ParamValue] = {"namespace": namespace.name, "hosts": counted(outside)}
        yield warning(namespace.workloads[0].identity.place, Message("kubernetes.addresses_outside", hosts))


def _of_workload(estate: Estate, namespace: Namespace, workload: Workload, outside: Counter[str]) -> Iterator[Seen]:
    identity = workload.identity
    dependent = estate.ci_id(identity)
    said: set[object] = set()
    for variable, address in _addresses(namespace, workload):
        owner = owner_of(address, namespace.name, estate.services.keys(), estate.namespaces.keys())
        if owner is Nobody.OUTSIDE:
            outside[shown(address.host)] += 1
        elif owner is Nobody.UNRESOLVED and (variable, address) not in said:
            said.add((variable, address))
            params = {"workload": identity.title, "variable": shown(variable), "address": shown(address)}
            yield unresolved(identity.place, Message("kubernetes.address_of_nobody", params), shown(variable))
        elif isinstance(owner, tuple) and owner not in said:
            said.add(owner)
            provider = estate.ci_id(estate.services[owner].identity)
            if provider != dependent:
                yield RelationshipObservation(identity.place, dependent, "depends_on", provider)
    yield from _configs_missing(namespace, workload)


def _addresses(namespace: Namespace, workload: Workload) -> Iterator[tuple[str, Address]]:
    for container in workload.containers:
        for variable, value in _variables(container, namespace.configs).items():
            for address in addresses_in(variable, value):
                yield variable, address


def _variables(container: Container, configs: dict[str, ConfigMap]) -> dict[str, str]:
    """The variables of a container as its program sees them, without those from secrets and from ConfigMaps not given.

    Whole ConfigMaps come first and the container's own variables override them; each may name the ones before it.
    """
    values: dict[str, str] = {}
    for whole in container.whole:
        if config := configs.get(whole.config):
            values.update({whole.prefix + key: value for key, value in config.data.items()})
    for variable in container.variables:
        if variable.config is None:
            values[variable.name] = expanded(variable.text or "", values)
        elif config := configs.get(variable.config):
            values[variable.name] = config.data.get(variable.key, "")
    return values


def _configs_missing(namespace: Namespace, workload: Workload) -> Iterator[Finding]:
    references: list[WholeConfig | Variable] = []
    for container in workload.containers:
        references += (*container.whole, *container.variables)
    wanted = dict.fromkeys(reference.config for reference in references if not reference.optional)
    for name in wanted:
        if not name or name in namespace.configs:
            continue
        params = {"workload": workload.identity.title, "config": shown(name)}
        yield warning(workload.identity.place, Message("kubernetes.config_not_given", params), "spec.env")
