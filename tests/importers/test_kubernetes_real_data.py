"""Manifests that nobody here wrote: the workloads, Services and addresses of Online Boutique."""

import pytest

from importers.model import Weight
from tests.importers.kubernetes_manifests import read
from tests.real_data import needs_real_data, real_data

DATA = real_data("k8s")

pytestmark = [pytest.mark.real_data, needs_real_data("k8s")]


def test_online_boutique_has_twelve_workloads_and_sixteen_dependencies_all_from_variables() -> None:
    seen = read(DATA)

    classes = [values["ci_class"] for values in seen.cis.values()]
    depends_on = seen.related("depends_on")
    assert (classes.count("workload"), classes.count("component"), classes.count("container")) == (12, 12, 12)
    assert len(depends_on) == len(set(depends_on)) == 16
    assert all(source.startswith("deployment/") and target.startswith("service/") for source, target in depends_on)
    assert len(seen.related("runs_on")) == 24


def test_its_one_address_of_nobody_is_named_and_nothing_is_rejected() -> None:
    seen = read(DATA)

    (finding,) = seen.findings(Weight.UNRESOLVED)
    assert finding.message.params["address"] == "shoppingassistantservice:80"
    assert finding.message.params["workload"] == "deployment/frontend"
    assert finding.place.line is not None
    assert seen.findings(Weight.REJECTED) == []
    assert [each.message.params["kinds"] for each in seen.findings(Weight.WARNING)] == ["ServiceAccount 11"]
