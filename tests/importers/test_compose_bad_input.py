"""Compose files that cannot be read, or are readable and wrong: what is left out, and what is said."""

from pathlib import Path

import pytest

from graph.errors import BadInputError
from importers.model import RelationshipObservation, Weight
from tests.importers.compose_files import TWO, Read, read, written

FURTHER = {"sub/compose.yml": "services: {further: {image: x}}"}


def refusal(*paths: Path) -> BadInputError:
    with pytest.raises(BadInputError) as caught:
        read(*paths)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("services:\n\tweb: {image: x}", "yaml.tab"),
        ("services: [", "yaml.syntax"),
        ("services: {a: {image: x}, a: {image: y}}", "yaml.duplicate_key"),
        ("services: !!python/object:os.system {}", "yaml.unknown_tag"),
        ("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
        ), "yaml.alias_bomb"),
        ("services: \0", "yaml.nul"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_refuses_all_of_the_input(text: str, key: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "p", {"compose.yml": TWO, "sub/compose.yml": text})

    error = refusal(folder)

    assert error.message.key == key
    assert error.message.params["file"] == str(folder / "sub" / "compose.yml")
    assert error.message.params["line"] is not None


def test_what_is_no_yaml_is_refused_also_where_it_is_only_included_or_extended(tmp_path: Path) -> None:
    included = written(tmp_path / "p", {"compose.yml": "include: [bad.yml]", "bad.yml": "a: ["})
    extended = written(
        tmp_path / "q", {"compose.yml": "services: {a: {extends: {file: bad.yml, service: b}}}", "bad.yml": "a: ["}
    )

    assert refusal(included).message.key == refusal(extended).message.key == "yaml.syntax"


def test_archives_and_wrong_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\x1f\x8b\x08")
    (tmp_path / "b.yml").write_bytes(b"services: {caf\xe9: {}}")

    assert refusal(tmp_path / "a.yml").message.key == "yaml.archive"
    assert refusal(tmp_path / "b.yml").message.key == "yaml.encoding"


def rejects_the_file(folder: Path, files: dict[str, str]) -> Read:
    """Reads a folder whose top file is rejected; all else must be as if that file were empty of anything."""
    seen = read(written(folder, files | FURTHER))
    assert seen.services == ["further"]
    assert seen.rejected.place.file == str(folder / "compose.yml")
    return seen


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("", "compose.empty", 1),
        ("---\n# words\n---\n", "compose.empty", 1),
        ("- a", "compose.not_compose", 1),
        ("just text", "compose.not_compose", 1),
        ("web:\n  image: x\ndb:\n  image: y\n", "compose.not_compose", 1),
        ("services: [a]", "compose.shape_mapping", 1),
        ("name: p\nservices: text", "compose.shape_mapping", 2),
        ("services: {a: {image: x}}\ninclude: {a: b}", "compose.shape_list", 2),
        ("services: {a: {image: x}}\ninclude:\n  - project_directory: x", "compose.shape_path", 3),
        ("include: ['https://example.com/a.git']", "compose.include_remote", 1),
        ("services: {a: {image: x}}\ninclude:\n  - none.yml", "yaml.unreadable", 2),
        ("services: {a: {image: x}}\ninclude:\n  - ../out.yml", "yaml.outside", 2),
        ("services: {a: {image: x}}\ninclude:\n  - path: [good.yml, /etc/hostname]", "yaml.outside", 3),
        ("services: {a: {image: x}}\ninclude:\n  - link.yml", "yaml.outside", 2),
        ("services: {a: {image: x}}\ninclude:\n  - compose.yml", "compose.include_circle", 2),
        ("services: {a: {image: x}}\ninclude: [good.yml]", "compose.service_twice", 2),
    ],
)
def test_a_file_that_is_readable_and_wrong_is_rejected_alone(text: str, key: str, line: int, tmp_path: Path) -> None:
    written(tmp_path, {"out.yml": "services: {out: {image: x}}"})
    written(tmp_path / "p", {"good.yml": "services: {a: {image: y}}"})
    (tmp_path / "p" / "link.yml").symlink_to(tmp_path / "out.yml")

    seen = rejects_the_file(tmp_path / "p", {"compose.yml": text})

    assert (seen.rejected.message.key, seen.rejected.place.line) == (key, line)


def test_files_that_include_each_other_in_a_circle_are_named_in_their_order(tmp_path: Path) -> None:
    files = {
        "compose.yml": "include: [a.yml]\nservices: {web: {image: x}}",
        "a.yml": "include: [b.yml]\nservices: {a: {image: x}}",
        "b.yml": "include: [a.yml]\nservices: {b: {image: x}}",
    }
    folder = written(tmp_path / "p", files)

    seen = read(folder)

    assert seen.rejected.message.key == "compose.include_circle"
    a, b = (str(folder / name) for name in ("a.yml", "b.yml"))
    assert seen.rejected.message.params["files"] == f"{a} → {b} → {a}"
    assert seen.rejected.place.file == b
    assert seen.services == ["web", "a"]


def test_includes_that_multiply_without_end_are_stopped(tmp_path: Path) -> None:
    files = {f"{i}.yml": f"include: [{i + 1}.yml, {i + 1}.yml]" for i in range(30)}
    folder = written(tmp_path / "p", files | {"compose.yml": "include: [0.yml]", "30.yml": "services: {a: {image: x}}"})

    assert set(read(folder).keys(Weight.REJECTED)) == {"include_many"}


def test_a_link_in_the_folder_that_leaves_it_is_rejected_alone(tmp_path: Path) -> None:
    written(tmp_path, {"out.yml": TWO})
    folder = written(tmp_path / "p", {"compose.yml": "services: {a: {image: x}}", "sub/words": ""})
    (folder / "sub" / "compose.yml").symlink_to(tmp_path / "out.yml")

    seen = read(folder)

    assert seen.rejected.message.key == "yaml.outside"
    assert seen.rejected.place.file == str(folder / "sub" / "compose.yml")
    assert seen.services == ["a"]


def test_an_env_file_that_leaves_the_folder_is_rejected_and_not_read(tmp_path: Path) -> None:
    written(tmp_path, {"out.env": "TAG=7"})
    folder = written(tmp_path / "p", {"compose.yml": "services: {a: {image: 'x:${TAG:-none}'}}"})
    (folder / ".env").symlink_to(tmp_path / "out.env")

    seen = read(folder)

    assert seen.rejected.message.key == "yaml.outside"
    assert seen.cis["p/a"]["image"] == "x:none"


@pytest.mark.parametrize(
    ("fields", "key", "field", "line"),
    [
        ("    depends_on: 5", "compose.shape_list", "services.web.depends_on", 4),
        ("    depends_on: {db: x}", "compose.shape_mapping", "services.web.depends_on", 4),
        ("    depends_on: [[db]]", "compose.shape_text", "services.web.depends_on", 4),
        ("    depends_on: {db: {required: maybe}}", "compose.shape_boolean", "services.web.depends_on.required", 2),
        ("    image: [x]", "compose.shape_text", "services.web.image", 4),
        ("    volumes: {a: b}", "compose.shape_list", "services.web.volumes", 4),
        ("    deploy: 3", "compose.shape_mapping", "services.web.deploy", 4),
        ("    scale: many", "compose.replicas", "services.web.deploy.replicas", 2),
        ("    scale: -1", "compose.replicas", "services.web.deploy.replicas", 2),
        ("    scale: 10001", "compose.replicas", "services.web.deploy.replicas", 2),
        ("    scale: 2\n    deploy: {replicas: 3}", "compose.replicas_differ", "services.web.scale", 2),
        ("    labels: {faultline.ci_id: a b}", "values.id_character", "services.web", 2),
        ("    extends: none", "compose.extends_unknown", "services.web.extends", 4),
        ("    extends: {file: none.yml, service: a}", "yaml.unreadable", "services.web", 4),
        ("    extends: {file: ../out.yml, service: a}", "yaml.outside", "services.web", 4),
        ("    extends: {file: base.yml, service: a}", "compose.variable_required", "services.web.image", 4),
        ("    extends: {file: base.yml}", "compose.shape_service", "services.web.extends", 4),
        ("    extends: web", "compose.extends_circle", "services.web.extends", 4),
    ],
)
def test_a_service_that_is_readable_and_wrong_is_rejected_alone(
    fields: str, key: str, field: str, line: int, tmp_path: Path
) -> None:
    written(tmp_path, {"out.yml": "services: {a: {image: x}}"})
    image = "" if "image" in fields else "    image: x\n"
    text = f"services:\n  web:\n    tty: true\n{fields}\n{image}  db: {{image: y, depends_on: [web]}}\n"
    folder = written(tmp_path / "p", {"compose.yml": text, "base.yml": "services:\n  a:\n    image: ${X:?why}"})

    seen = read(folder)

    rejected = seen.rejected
    assert (rejected.message.key, rejected.field, rejected.place.line) == (key, field, line)
    assert rejected.place.file == str(folder / "compose.yml")
    assert seen.services == ["db"]
    assert seen.keys(Weight.UNRESOLVED) == ["service_of_nobody"]


@pytest.mark.parametrize(("name", "shown"), [("a b", "a b"), ("a/b", "a/b"), ("服务", "服务"), ("''", "")])
def test_a_name_that_compose_does_not_allow_is_rejected(name: str, shown: str, tmp_path: Path) -> None:
    text = f"services: {{{name}: {{image: x}}, db: {{image: y}}}}\nvolumes: {{{name}: }}\nnetworks: {{{name}: }}"

    seen = read(written(tmp_path / "p", {"compose.yml": text}))

    assert seen.keys(Weight.REJECTED) == ["name"] * 3
    assert {finding.message.params["name"] for finding in seen.findings(Weight.REJECTED)} == {shown}
    assert len(seen.cis) == 2


def test_a_service_without_anything_is_rejected(tmp_path: Path) -> None:
    seen = read(written(tmp_path / "p", {"compose.yml": "services:\n  web:\n  db: {image: y}"}))

    assert (seen.rejected.message.key, seen.rejected.place.line) == ("compose.shape_mapping", 2)


def test_an_id_that_would_be_too_long_rejects_its_service_with_all_replicas(tmp_path: Path) -> None:
    text = f"services: {{{'x' * 180}: {{image: y, scale: 10}}, {'z' * 180}: {{image: y}}}}"

    seen = read(written(tmp_path / "p", {"compose.yml": text}))

    assert seen.rejected.message.key == "values.id_too_long"
    assert seen.services == ["z" * 180]


def test_services_that_extend_each_other_in_a_circle_are_all_rejected_and_no_other(tmp_path: Path) -> None:
    files = {
        "compose.yml": "services:\n  a: {extends: b}\n  b: {extends: {file: x.yml, service: c}}\n  d: {image: y}\n",
        "x.yml": "services: {c: {extends: {file: compose.yml, service: a}}}",
    }

    seen = read(written(tmp_path / "p", files))

    assert seen.keys(Weight.REJECTED) == ["extends_circle"] * 2
    assert seen.findings(Weight.REJECTED)[0].message.params["services"] == "a → b → c → a"
    assert seen.services == ["d"]


def test_extends_without_end_is_stopped(tmp_path: Path) -> None:
    chain = "".join(f"  s{i}: {{extends: s{i + 1}}}\n" for i in range(200))

    seen = read(written(tmp_path / "p", {"compose.yml": f"services:\n{chain}  s200: {{image: x}}\n"}))

    assert "extends_deep" in seen.keys(Weight.REJECTED)
    assert "s200" in seen.services


def test_a_service_that_needs_itself_is_left_to_the_frame_to_reject(tmp_path: Path) -> None:
    seen = read(written(tmp_path / "p", {"compose.yml": "services: {a: {image: x, depends_on: [a]}}"}))

    (loop,) = [each for each in seen.seen if isinstance(each, RelationshipObservation) and each.type == "depends_on"]
    assert loop.source == loop.target == "compose:p/a"


def test_a_key_that_compose_does_not_know_is_a_warning(tmp_path: Path) -> None:
    text = "services: {a: {image: x}}\nx-mine: 1\nserivces: {b: {image: x}}\n"

    seen = read(written(tmp_path / "p", {"compose.yml": text}))

    (finding,) = seen.findings(Weight.WARNING)
    assert (finding.message.key, finding.field, finding.place.line) == ("compose.key_unknown", "serivces", 3)


def test_a_rejected_file_leaves_the_name_of_its_project_as_it_is(tmp_path: Path) -> None:
    seen = rejects_the_file(tmp_path / "p", {"compose.yml": "name: shop\nservices: {a: {image: '${X:?}'}}"})

    assert seen.scopes == ["shop"]
