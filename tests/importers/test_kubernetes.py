"""Kubernetes objects become the CIs and relationships of INTERFACES."""

import json
from pathlib import Path
from typing import Any

import pytest

from importers.model import CiObservation, RelationshipObservation, Weight
from tests.importers.kubernetes_manifests import Manifest, Read, budget, deployment, of, read, service


@pytest.fixture
def import_of(tmp_path: Path) -> Any:
    def run(*manifests: Manifest, **options: Any) -> Read:
        file = tmp_path / "all.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}))
        return read(file, **options)

    return run


def test_a_workload_its_replica_and_its_service_have_the_ids_that_bind(import_of: Any) -> None:
    seen = import_of(deployment("shop"), service("shop"))

    assert seen.scopes == ["k8s:default/default"]
    assert seen.cis == {
        "k8s:default/default/deployment/shop": {
            "name": "shop",
            "ci_class": "workload",
            "workload_kind": "Deployment",
            "image": "shop:1",
        },
        "k8s:default/default/deployment/shop/replica-1": {"name": "shop/replica-1", "ci_class": "container"},
        "k8s:default/default/service/shop": {"name": "shop", "ci_class": "component", "port": 80},
    }
    assert seen.related("runs_on") == [
        ("deployment/shop", "deployment/shop/replica-1"),
        ("service/shop", "deployment/shop"),
    ]
    assert seen.findings(Weight.WARNING) == []


@pytest.mark.parametrize(
    "kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"], ids=lambda kind: kind.lower()
)
def test_every_kind_of_workload_is_one(kind: str, import_of: Any) -> None:
    seen = import_of(deployment("shop", kind=kind))

    assert seen.cis[f"k8s:default/default/{kind.lower()}/shop"]["workload_kind"] == kind
    assert len(seen.cis) == 2


def test_a_cron_job_is_a_workload_by_its_job_template(import_of: Any) -> None:
    cron = deployment("nightly", kind="CronJob")
    cron["spec"] = {"schedule": "0 1 * * *", "jobTemplate": {"spec": cron["spec"]}}

    assert "k8s:default/default/cronjob/nightly/replica-1" in import_of(cron).cis


def test_a_bare_pod_is_a_workload(import_of: Any) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shop", "labels": {"app": "shop"}}}
    seen = import_of({**pod, "spec": deployment("shop")["spec"]["template"]["spec"]}, service("shop"))

    assert ("service/shop", "pod/shop") in seen.related("runs_on")


def test_what_a_controller_made_is_no_workload_of_its_own(import_of: Any) -> None:
    owner = [{"kind": "Deployment", "name": "shop", "controller": True}]
    replica_set = of(deployment("shop-5d4", kind="ReplicaSet"), ownerReferences=owner)

    assert import_of(deployment("shop"), replica_set).cis == import_of(deployment("shop")).cis
    assert import_of(replica_set).keys(Weight.WARNING) == ["controller_missing"]


def test_a_deployment_owned_by_an_operator_stays_a_workload(import_of: Any) -> None:
    owner = [{"kind": "PostgresCluster", "name": "main", "controller": True}]

    assert len(import_of(of(deployment("shop"), ownerReferences=owner)).cis) == 2


@pytest.mark.parametrize(
    ("replicas", "spec", "needed", "notes"),
    [
        (3, None, "1", ["quorum_assumed"]),
        (1, None, "1", []),
        (3, {"minAvailable": 2}, "2", []),
        (7, {"minAvailable": "50%"}, "4", []),
        (7, {"maxUnavailable": "30%"}, "4", []),
        (5, {"maxUnavailable": 1}, "4", []),
        (3, {"maxUnavailable": "0%"}, "3", []),
        (3, {"maxUnavailable": "100%"}, "1", ["budget_nothing"]),
        (3, {"maxUnavailable": 3}, "1", ["budget_nothing"]),
        (3, {"minAvailable": 0}, "1", ["budget_nothing"]),
        (3, {"minAvailable": 5}, "3", ["budget_above"]),
        (3, {}, "1", ["budget_nothing"]),
    ],
)
def test_the_quorum_of_replicas_is_that_of_the_budget_rounded_as_kubernetes_does(
    replicas: int, spec: dict[str, Any] | None, needed: str, notes: list[str], import_of: Any
) -> None:
    budgets = [] if spec is None else [budget("shop", **spec)]

    seen = import_of(deployment("shop", replicas=replicas), *budgets)

    assert seen.quorums("/shop") == {needed}
    assert len(seen.related("runs_on")) == replicas
    assert seen.keys(Weight.WARNING) == notes


def test_of_several_budgets_the_strictest_counts(import_of: Any) -> None:
    budgets = [budget("shop", "loose", minAvailable=1), budget("shop", "strict", minAvailable=3)]

    seen = import_of(deployment("shop", replicas=4), *budgets)

    assert seen.quorums("/shop") == {"3"}
    assert [(n.message.key, n.message.params["budget"]) for n in seen.findings(Weight.WARNING)] == [
        ("kubernetes.budgets_many", "strict")
    ]


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ({}, True),
        (None, False),
        ({"matchLabels": {"app": "other"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["shop", "x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["shop"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_budget_counts_where_its_selector_holds(selector: object, selects: bool, import_of: Any) -> None:
    written = budget("shop", minAvailable=2)
    written["spec"]["selector"] = selector

    seen = import_of(deployment("shop", replicas=3), written)

    assert seen.quorums("/shop") == {"2" if selects else "1"}


def test_the_empty_selector_of_the_older_budget_selects_nothing(import_of: Any) -> None:
    written = {**budget("shop", minAvailable=2, selector={}), "apiVersion": "policy/v1beta1"}

    assert import_of(deployment("shop", replicas=3), written).quorums("/shop") == {"1"}


def test_a_workload_scaled_to_nothing_has_no_replica_and_a_note(import_of: Any) -> None:
    seen = import_of(deployment("shop", replicas=0))

    assert list(seen.cis) == ["k8s:default/default/deployment/shop"]
    assert seen.related("runs_on") == []
    assert seen.keys(Weight.WARNING) == ["replicas_none"]


def test_a_daemon_set_has_one_replica_and_a_note(import_of: Any) -> None:
    seen = import_of(deployment("agent", kind="DaemonSet"))

    assert seen.related("runs_on") == [("daemonset/agent", "daemonset/agent/replica-1")]
    assert seen.keys(Weight.WARNING) == ["daemon_set"]


def test_a_service_of_several_workloads_answers_while_one_of_them_runs(import_of: Any) -> None:
    blue, green = deployment("blue"), deployment("green")
    for colour in (blue, green):
        colour["spec"]["template"]["metadata"]["labels"]["shop"] = "yes"

    seen = import_of(blue, green, service("shop", {"shop": "yes"}))

    assert seen.quorums("service/shop") == {"1"}
    assert seen.keys(Weight.WARNING) == ["service_spans"]


@pytest.mark.parametrize(
    ("made", "key"),
    [
        (service("shop", {"app": "nobody"}), "service_of_nothing"),
        (service("shop", {}), "service_of_nothing"),
        (service("shop", type="ExternalName", externalName="db.example.com"), "service_outside"),
    ],
)
def test_a_service_of_nothing_is_unresolved_and_nothing_is_invented(made: Manifest, key: str, import_of: Any) -> None:
    seen = import_of(made, deployment("other"))

    assert seen.keys(Weight.UNRESOLVED) == [key]
    assert seen.related("runs_on") == [("deployment/other", "deployment/other/replica-1")]


def test_a_service_selects_only_in_its_own_namespace(import_of: Any) -> None:
    seen = import_of(of(deployment("shop"), namespace="a"), of(service("shop"), namespace="b"))

    assert seen.scopes == ["k8s:default/a", "k8s:default/b"]
    assert seen.keys(Weight.UNRESOLVED) == ["service_of_nothing"]


def test_address_variables_are_dependencies_once_each(import_of: Any) -> None:
    env = {"CART": "cart:80", "CART_URL": "http://cart.default.svc.cluster.local/x", "LEVEL": "debug"}

    seen = import_of(deployment("shop", env=env), deployment("cart"), service("cart"))

    assert seen.related("depends_on") == [("deployment/shop", "service/cart")]
    assert seen.findings(Weight.UNRESOLVED) == []


def test_an_address_of_nobody_is_unresolved_and_named(import_of: Any) -> None:
    seen = import_of(deployment("shop", env={"CART": "redis://user:hunter2@cart:6379/0"}))

    (finding,) = seen.findings(Weight.UNRESOLVED)
    assert seen.related("depends_on") == []
    assert finding.field == "CART"
    assert finding.message.params == {"workload": "deployment/shop", "variable": "CART", "address": "cart:6379"}
    assert "hunter2" not in repr(seen.seen)


def test_hosts_outside_the_cluster_are_one_warning_and_no_relationship(import_of: Any) -> None:
    env = {"PAY": "https://api.pay.example", "PAY_TOO": "https://api.pay.example/v2", "SELF": "localhost:80"}

    seen = import_of(deployment("shop", env=env))

    (finding,) = seen.findings(Weight.WARNING)
    assert finding.message.params == {"namespace": "default", "hosts": "api.pay.example 2"}
    assert seen.findings(Weight.UNRESOLVED) == []


def test_addresses_reach_services_of_other_namespaces(import_of: Any) -> None:
    shop = deployment("shop", env={"CART": "cart.store:80", "NONE": "stock.store.svc:80"})

    seen = import_of(shop, of(deployment("cart"), namespace="store"), of(service("cart"), namespace="store"))

    assert seen.related("depends_on") == [("deployment/shop", "k8s:default/store/service/cart")]
    assert seen.keys(Weight.UNRESOLVED) == ["address_of_nobody"]


def test_addresses_come_from_config_maps_by_reference_and_from_earlier_variables(import_of: Any) -> None:
    shop = deployment("shop")
    shop["spec"]["template"]["spec"]["containers"][0] |= {
        "envFrom": [{"configMapRef": {"name": "all"}}],
        "env": [
            {"name": "ONE", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "stock"}}},
            {"name": "BOTH", "value": "http://$(HOST):$(PORT)/$$(x)"},
        ],
    }
    configs = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        for name, data in {
            "all": {"HOST": "cart", "PORT": "80", "FILE": "line one\nmail:25\n"},
            "one": {"stock": "stock:9000", "unused": "nobody:1"},
        }.items()
    ]

    seen = import_of(shop, *configs, service("cart"), service("stock"), service("mail"))

    assert {target for _, target in seen.related("depends_on")} == {"service/cart", "service/stock", "service/mail"}
    assert not any("configmap" in ci_id for ci_id in seen.cis)
    assert "address_of_nobody" not in seen.keys(Weight.UNRESOLVED)


def test_a_config_map_that_is_not_given_is_said_unless_it_is_optional(import_of: Any) -> None:
    shop = deployment("shop")
    shop["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [
        {"configMapRef": {"name": "gone"}},
        {"configMapRef": {"name": "maybe", "optional": True}},
    ]

    (finding,) = import_of(shop).findings(Weight.WARNING)

    assert (finding.message.key, finding.message.params["config"]) == ("kubernetes.config_not_given", "gone")


def test_variables_that_double_each_other_end_before_they_fill_the_memory(import_of: Any) -> None:
    env = {"V0": "x" * 100} | {f"V{i}": f"$(V{i - 1})" * 10 for i in range(1, 60)} | {"CART": "cart:80"}

    assert import_of(deployment("shop", env=env), service("cart")).related("depends_on") == [
        ("deployment/shop", "service/cart")
    ]


def test_secrets_are_never_kept(import_of: Any) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"p": "hunter2"}}
    shop = deployment("shop", env={"PASSWORD": "hunter2", "DB_URL": "postgres://u:hunter2@db/x"})

    assert "hunter2" not in repr(import_of(shop, secret, service("db")).seen)


def test_an_ingress_depends_on_its_services(import_of: Any) -> None:
    paths = [{"path": "/", "backend": {"service": {"name": name, "port": {"number": 80}}}} for name in ("shop", "gone")]
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "door"},
        "spec": {"rules": [{"http": {"paths": paths}}], "defaultBackend": {"service": {"name": "shop"}}},
    }

    seen = import_of(ingress, deployment("shop"), service("shop"))

    assert seen.cis["k8s:default/default/ingress/door"]["ci_class"] == "component"
    assert seen.related("depends_on") == [("ingress/door", "service/shop")]
    assert seen.keys(Weight.UNRESOLVED) == ["backend_of_nobody"]


def claim(name: str) -> Manifest:
    spec = {"resources": {"requests": {"storage": "8Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def test_a_workload_stores_on_the_claims_it_mounts(import_of: Any) -> None:
    shop = deployment("shop")
    shop["spec"]["template"]["spec"]["volumes"] = [
        {"name": "a", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "b", "persistentVolumeClaim": {"claimName": "gone"}},
        {"name": "c", "emptyDir": {}},
    ]

    seen = import_of(shop, claim("data"))

    assert seen.related("stores_on") == [("deployment/shop", "persistentvolumeclaim/data")]
    assert seen.cis["k8s:default/default/persistentvolumeclaim/data"] == {
        "name": "data",
        "ci_class": "volume",
        "capacity": "8Gi",
    }
    assert seen.keys(Weight.UNRESOLVED) == ["claim_of_nobody"]


def test_each_replica_of_a_stateful_set_stores_on_the_claim_made_for_it(import_of: Any) -> None:
    template = {"metadata": {"name": "data"}, "spec": claim("data")["spec"]}
    database = deployment("db", kind="StatefulSet", replicas=2, volumeClaimTemplates=[template])

    seen = import_of(database, claim("data-db-0"))

    assert seen.related("stores_on") == [
        ("statefulset/db/replica-1", "persistentvolumeclaim/data-db-0"),
        ("statefulset/db/replica-2", "persistentvolumeclaim/data-db-1"),
    ]
    assert sum(ci_id.count("persistentvolumeclaim") for ci_id in seen.cis) == 2


def test_a_label_or_annotation_names_the_existing_ci_that_an_object_is(import_of: Any) -> None:
    shop = of(deployment("shop", env={"CART": "cart:80"}), annotations={"faultline.ci_id": "app-shop"})
    cart = of(service("cart"), labels={"faultline.ci_id": "svc-cart"})

    seen = import_of(shop, cart)

    mapped = [each for each in seen.seen if isinstance(each, CiObservation) and each.partial]
    assert [(each.ci_id, each.values) for each in mapped] == [("app-shop", {}), ("svc-cart", {})]
    assert seen.related("depends_on") == [("app-shop", "svc-cart")]
    assert seen.related("runs_on") == [("app-shop", "deployment/shop/replica-1")]


def test_two_objects_that_are_one_existing_ci_do_not_depend_on_each_other(import_of: Any) -> None:
    same = {"faultline.ci_id": "app-shop"}

    seen = import_of(of(deployment("shop", env={"ME": "shop:80"}), labels=same), of(service("shop"), labels=same))

    relationships = [each for each in seen.seen if isinstance(each, RelationshipObservation)]
    assert [(each.source, each.type) for each in relationships] == [("app-shop", "runs_on")]
    assert relationships[0].target.endswith("/replica-1")


def test_the_cluster_is_part_of_every_id_and_scope(import_of: Any) -> None:
    seen = import_of(deployment("shop"), cluster="east")

    assert seen.scopes == ["k8s:east/default"]
    assert all(ci_id.startswith("k8s:east/default/") for ci_id in seen.cis)


def test_only_namespaces_seen_are_scopes(import_of: Any) -> None:
    unread = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "empty"}}

    assert import_of(unread).scopes == ["k8s:default"]
    assert import_of(unread, of(deployment("shop"), namespace="a")).scopes == ["k8s:default/a"]


def test_the_same_files_give_the_same_observations_whatever_their_order(import_of: Any) -> None:
    things = [
        deployment("shop", env={"C": "cart:80"}, replicas=2),
        deployment("cart"),
        service("cart"),
        service("shop"),
    ]

    def unordered(seen: Read) -> set[str]:
        return {repr((type(each), getattr(each, "values", None), *_ends(each))) for each in seen.seen}

    assert unordered(import_of(*things)) == unordered(import_of(*reversed(things)))


def _ends(each: object) -> tuple[object, ...]:
    return tuple(getattr(each, name, None) for name in ("ci_id", "source", "type", "target", "message"))
