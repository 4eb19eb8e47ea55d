"""Bad Kubernetes input is refused whole, rejected alone or warned of, at the level that INTERFACES gives it."""

import gzip
import io
import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInputError
from importers.model import Weight
from tests.importers.kubernetes_manifests import budget, deployment, of, read, service

GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: main, image: "shop:1"}]}
"""


def written(folder: Path, content: str | bytes, name: str = "all.yaml") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def refusal(*paths: Path | str, **options: Any) -> BadInputError:
    with pytest.raises(BadInputError) as refused:
        read(*paths, **options)
    return refused.value


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("all.yaml", GOOD)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("all.yaml", "kind: [Deployment"),
        ("all.yaml", "kind: Deployment\n\tmetadata: x"),
        ("all.yaml", "kind: !!python/object:os.system {}"),
        ("all.yaml", b"kind: \xff\xfe"),
        ("all.yaml", b"kind: Deploy\x00ment"),
        ("all.yaml", zipped()),
        ("all.yaml", gzip.compress(GOOD.encode())),
        ("all.json", "{"),
        ("all.json", '{"kind": "\\ud800"}'),
        ("all.json", '{"kind": "A", "kind": "B"}'),
        ("all.json", "[" * 100_000),
        ("all.json", b'{"kind": "\xff"}'),
        ("all.json", zipped()),
    ],
)
def test_what_is_not_its_format_is_refused_by_file(name: str, content: str | bytes, tmp_path: Path) -> None:
    file = written(tmp_path, content, name)

    refused = refusal(file)

    assert refused.exit_code == 2
    assert refused.message.params["file"] == str(file)


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]

    assert refusal(written(tmp_path, "\n".join(lines))).message.key.startswith("yaml.")


def test_a_path_that_is_not_there_and_a_folder_without_manifests_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "hello", "README.md")

    assert refusal(tmp_path / "none.yaml").message.key == "kubernetes.not_found"
    assert refusal(tmp_path).message.key == "kubernetes.no_files"


@pytest.mark.parametrize("cluster", ["", "a b", "a|b", "a=b", "x" * 101])
def test_a_cluster_that_cannot_be_in_an_id_is_refused(cluster: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, GOOD), cluster=cluster).message.key == "kubernetes.cluster_name"


def test_one_scope_for_several_namespaces_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps(of(deployment("shop"), namespace="other")) + "\n---\n" + GOOD, "all.yaml")
    written(tmp_path, GOOD, "one.yaml")
    other = written(tmp_path, json.dumps(of(deployment("shop"), namespace="other")), "two.json")

    assert refusal(tmp_path / "one.yaml", other, scope="mine").message.key == "kubernetes.scope_many"
    assert read(tmp_path / "one.yaml", scope="mine").scopes == ["mine"]
    assert file.exists()


@pytest.mark.parametrize(
    ("document", "key", "field"),
    [
        ("just text", "not_object", None),
        ("- a\n- b", "not_object", None),
        ("kind: Deployment", "missing", "apiVersion"),
        ("apiVersion: apps/v1", "missing", "kind"),
        ("apiVersion: apps/v1\nkind: Deployment", "missing", "metadata"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}", "missing", "spec"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:", "missing", "spec"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1}", "missing", "spec.template"),
        ("apiVersion: v1\nkind: Service\nmetadata: {generateName: a}\nspec: {}", "missing", "metadata.name"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: 'a b'}\nspec: {}", "name", "metadata.name"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: a/b}\nspec: {}", "name", "metadata.name"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: [x]", "not_mapping", "spec"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: 80}", "not_list", "spec.ports"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: [a]}\nspec: {}", "not_text", "metadata.name"),
    ],
)
def test_half_a_document_is_rejected_alone_with_its_line(
    document: str, key: str, field: str | None, tmp_path: Path
) -> None:
    file = written(tmp_path, GOOD + "---\n" + document)

    seen = read(file)

    (finding,) = seen.findings(Weight.REJECTED)
    assert (finding.message.key, finding.field) == (f"kubernetes.{key}", field)
    assert finding.place.file == str(file)
    assert finding.place.line == (10 if key != "not_object" else finding.place.line)
    assert seen.cis == read(written(tmp_path, GOOD)).cis


@pytest.mark.parametrize("replicas", [-1, "3", True, 1.5, 10**9])
def test_a_number_of_replicas_that_is_none_rejects_its_document(replicas: object, tmp_path: Path) -> None:
    seen = read(written(tmp_path, json.dumps(deployment("shop", replicas=replicas)), "all.json"))

    assert seen.keys(Weight.REJECTED) == ["number"]
    assert seen.cis == {}


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        ({"minAvailable": "150%"}, "amount"),
        ({"minAvailable": "half"}, "amount"),
        ({"maxUnavailable": -1}, "amount"),
        ({"minAvailable": 1, "maxUnavailable": 1}, "budget_both"),
        ({"selector": {"matchExpressions": [{"key": "app", "operator": "Near"}]}}, "operator"),
    ],
)
def test_a_budget_that_makes_no_sense_is_rejected(spec: dict[str, Any], key: str, tmp_path: Path) -> None:
    seen = read(written(tmp_path, json.dumps(budget("shop", **spec)), "all.json"))

    assert seen.keys(Weight.REJECTED) == [key]


def test_an_id_that_would_be_too_long_rejects_the_workload_with_its_replicas(tmp_path: Path) -> None:
    seen = read(written(tmp_path, json.dumps(deployment("x" * 180)), "all.json"))

    assert [finding.message.key for finding in seen.findings(Weight.REJECTED)] == ["values.id_too_long"]
    assert seen.cis == {}


def test_two_differing_objects_of_one_name_are_both_rejected_each_naming_the_other(tmp_path: Path) -> None:
    first = written(tmp_path, json.dumps(deployment("shop", replicas=1)), "first.json")
    second = written(tmp_path, json.dumps(deployment("shop", replicas=2)), "second.json")

    seen = read(first, second)

    findings = seen.findings(Weight.REJECTED)
    assert seen.keys(Weight.REJECTED) == ["twice_differing"] * 2
    assert [(f.place.file, f.message.params["other"]) for f in findings] == [
        (str(first), str(second)),
        (str(second), str(first)),
    ]
    assert seen.cis == {}


def test_what_depends_on_a_rejected_object_is_as_if_that_were_not_there(tmp_path: Path) -> None:
    shop = deployment("shop", env={"CART": "cart:80"})
    twice = [service("cart"), service("cart", {"app": "other"})]
    both = written(tmp_path, json.dumps({"apiVersion": "v1", "kind": "List", "items": [shop, *twice]}), "both.json")
    without = written(tmp_path, json.dumps(shop), "without.json")

    assert read(both).cis == read(without).cis
    assert read(both).related("depends_on") == read(without).related("depends_on") == []


def test_the_same_object_twice_counts_once_with_a_warning(tmp_path: Path) -> None:
    seen = read(written(tmp_path, GOOD, "a.yaml"), written(tmp_path, GOOD, "b.yaml"))

    assert seen.keys(Weight.WARNING) == ["twice"]
    assert seen.cis == read(tmp_path / "a.yaml").cis


def test_kinds_that_make_nothing_are_counted_and_named_in_one_warning(tmp_path: Path) -> None:
    custom = "apiVersion: example.com/v1\nkind: Deployment\nmetadata: {name: a}\n---\n"
    definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n---\n"
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n---\n"

    seen = read(written(tmp_path, custom + definition + account * 2 + GOOD))

    (finding,) = seen.findings(Weight.WARNING)
    assert finding.message.key == "kubernetes.kinds_not_read"
    assert finding.message.params == {
        "count": 4,
        "kinds": "CustomResourceDefinition.apiextensions.k8s.io 1, Deployment.example.com 1, ServiceAccount 2",
    }
    assert seen.keys(Weight.REJECTED) == []


def test_empty_documents_are_nothing(tmp_path: Path) -> None:
    seen = read(written(tmp_path, "---\n---\n# only words\n---\n" + GOOD + "---\n"))

    assert seen.keys(Weight.REJECTED) == []
    assert len(seen.cis) == 2


def test_a_folder_is_read_whole_yaml_and_json_without_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / ".git").mkdir()
    written(tmp_path, GOOD, "a.yml")
    written(tmp_path / "deep", json.dumps(service("shop")), "b.json")
    written(tmp_path / ".git", "not: [yaml", "c.yaml")

    assert len(read(tmp_path).cis) == 3


def test_typed_lists_give_their_items_a_kind_and_json_may_hold_tabs(tmp_path: Path) -> None:
    item = {key: value for key, value in service("shop").items() if key not in {"kind", "apiVersion"}}
    listed = {"kind": "ServiceList", "apiVersion": "v1", "items": [item]}

    assert "k8s:default/default/service/shop" in read(written(tmp_path, json.dumps(listed, indent="\t"), "l.json")).cis


def test_lists_without_end_are_rejected(tmp_path: Path) -> None:
    value: dict[str, Any] = service("shop")
    for _ in range(8):
        value = {"apiVersion": "v1", "kind": "List", "items": [value]}

    assert read(written(tmp_path, json.dumps(value), "l.json")).keys(Weight.REJECTED) == ["not_object"]


def test_standard_input_is_read_like_a_file(tmp_path: Path) -> None:
    spooled = written(tmp_path, GOOD, "spooled")

    seen = read("-", standard_input=lambda: spooled)

    assert len(seen.cis) == 2


def test_every_message_is_worded_in_both_languages_with_the_same_parameters() -> None:
    folder = Path(__file__).parents[2] / "api" / "texts"
    en, zh = (tomllib.loads((folder / lang / "kubernetes.toml").read_text("utf-8")) for lang in ("en", "zh"))

    assert en.keys() == zh.keys()
    for key, text in en.items():
        assert set(_params(text)) == set(_params(zh[key])), key


def _params(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]
