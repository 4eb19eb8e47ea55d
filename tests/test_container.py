"""The image and the Compose file: what can be known of them without starting a container."""

import json
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from api.access.tokens import SHORTEST_SECRET
from api.server.run import is_loopback, read_token
from graph.engine.kinds import NEO4J_VERSION, OPENED, neo4j_jars
from graph.settings import Settings
from graph.store import Store
from tests.dockerfile import copied, environment, health_command, instructions, last
from tests.engines import imported, why_not
from tests.environment import variables_read

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = instructions(ROOT / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_compose_file_is_valid_by_the_schema_of_the_compose_specification() -> None:
    package = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(package.read_text(encoding="utf-8"))
    check = jsonschema.validators.validator_for(schema)(schema)

    assert [error.message for error in check.iter_errors(COMPOSE)] == []
    assert not check.is_valid({"services": {"api": {"published": "8470:8470"}}})


def test_nothing_is_published_beyond_the_loopback_and_the_database_not_at_all() -> None:
    published = {name: service.get("ports", []) for name, service in SERVICES.items()}

    assert published["neo4j"] == []
    assert [is_loopback(port.partition(":")[0]) for port in published["api"]] == [True]
    assert COMPOSE["networks"]["storage"] == {"internal": True}
    assert SERVICES["neo4j"]["networks"] == ["storage"]


def test_every_service_gives_up_what_it_does_not_need() -> None:
    for service in SERVICES.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert (SERVICES["api"]["read_only"], SERVICES["api"]["tmpfs"]) == (True, ["/tmp"])  # noqa: S108 - the container's


def test_no_secret_is_written_in_the_compose_file_and_each_is_a_file_outside_of_git() -> None:
    used = {secret for service in SERVICES.values() for secret in service["secrets"]}
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert used == COMPOSE["secrets"].keys()
    assert {Path(secret["file"]).parent.name for secret in COMPOSE["secrets"].values()} == {"secrets"}
    assert "secrets/" in ignored
    for service in SERVICES.values():
        passed = [value for name, value in service["environment"].items() if "AUTH" in name or "TOKEN" in name]
        assert all(str(value).startswith("/run/secrets/") for value in passed)


def test_the_settings_of_the_api_are_ones_that_faultline_reads(tmp_path: Path) -> None:
    given = {
        name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", str(value)) for name, value in SERVICES["api"]["environment"].items()
    }
    password = tmp_path / "password"
    password.write_text("from a file\n", encoding="utf-8")
    given["FAULTLINE_NEO4J_PASSWORD_FILE"] = str(password)
    settings = Settings.from_environment({**environment(DOCKERFILE), **given})

    assert {name for name in {**environment(DOCKERFILE), **given} if name.startswith("FAULTLINE_")} <= variables_read()
    assert (settings.neo4j_uri, settings.neo4j_password) == ("bolt://neo4j:7687", "from a file")
    assert (settings.admin_token_file, settings.data_dir) == (Path("/run/secrets/admin_token"), Path("/data"))
    assert settings.language == "zh"


def test_the_versions_are_those_that_the_tests_run_with() -> None:
    python = re.search(r"python:(\d+)\.(\d+)-slim-bookworm", last(DOCKERFILE, "FROM"))

    assert SERVICES["neo4j"]["image"] == f"neo4j:{NEO4J_VERSION}-community"
    assert SERVICES["api"]["image"] == f"faultline:{PROJECT['version']}"
    assert python
    assert tuple(map(int, python.groups())) >= (3, 11)
    assert len({each.text.split()[0] for each in DOCKERFILE if each.name == "FROM"}) == 1


def test_the_image_runs_as_a_user_of_its_own_and_asks_itself_whether_it_is_ready() -> None:
    assert last(DOCKERFILE, "USER") == "10001:10001"
    assert last(DOCKERFILE, "VOLUME") == "/data"
    assert "http://127.0.0.1:8470/readyz" in health_command(DOCKERFILE)[-1]
    assert "8470" in last(DOCKERFILE, "CMD")
    assert SERVICES["api"]["ports"][0].endswith(f":{last(DOCKERFILE, 'EXPOSE')}")


def test_what_the_image_copies_is_there_and_not_kept_from_it() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    admitted = [line.removeprefix("!") for line in lines if line.startswith("!")]

    assert [source for source in copied(DOCKERFILE) if not (ROOT / source).exists()] == []
    assert sorted(copied(DOCKERFILE)) == sorted(admitted)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no hadolint for Windows among the packages")
def test_the_dockerfile_passes_its_linter(tmp_path: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")

    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN sudo cd /\n", encoding="utf-8")
    bad = subprocess.run([hadolint, tmp_path / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("", 0)
    assert bad.returncode == 1


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_secrets_writes_each_secret_once_and_the_database_gets_the_same_password(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    make = ["make", "-C", str(tmp_path), "secrets", f"PYTHON={sys.executable}"]

    subprocess.run(make, check=True, capture_output=True)
    first = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(make, check=True, capture_output=True)
    again = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}

    assert first == again
    assert first.keys() == COMPOSE["secrets"].keys()
    assert first["neo4j_auth"] == f"neo4j/{first['neo4j_password']}"
    assert len(read_token(tmp_path / "secrets" / "admin_token") or "") >= SHORTEST_SECRET
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o444}


def test_the_projects_own_compose_file_is_imported_and_a_second_time_changes_nothing(store: Store) -> None:
    first = imported(store, ROOT / "docker-compose.yml", source="compose")
    before = store.graph_hash()
    second = imported(store, ROOT / "docker-compose.yml", source="compose")

    assert (first["scope"], first["rejected"], first["warnings"], first["unresolved"]) == ("faultline", [], [], [])
    assert first["created"] == {"cis": 9, "relationships": 9, "records": 0}
    assert (second["revisions"], store.graph_hash()) == (0, before)


def neo4j_conf() -> list[str]:
    """The settings that the Compose file passes, as the image writes them: one underscore a dot, two an underscore."""
    lines = []
    for name, value in SERVICES["neo4j"]["environment"].items():
        if name != "NEO4J_AUTH_FILE":
            key = name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_")
            lines.append(f"{key}={value}")
    return lines


def started(home: Path, lines: list[str]) -> str:
    """What Neo4j says when it is started with these lines, up to its readiness or its end."""
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    java = ["java", *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED), "-cp", f"{neo4j_jars()}/*"]
    command = [*java, "org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home}/conf"]
    log = home / "logs" / "neo4j.log"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = ""
        while process.poll() is None and "Started." not in said:
            said = log.read_text(encoding="utf-8") if log.exists() else ""
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        process.terminate()
        output = process.communicate(timeout=60)[0]
    return said + output + (log.read_text(encoding="utf-8") if log.exists() else "")


@pytest.mark.long
@pytest.mark.neo4j
@pytest.mark.skipif(why_not("neo4j") is not None, reason=str(why_not("neo4j")))
def test_a_real_neo4j_takes_every_setting_of_the_compose_file(tmp_path: Path) -> None:
    lines = neo4j_conf()
    assert "server.config.strict_validation.enabled=true" in lines
    here = [*(line.replace("0.0.0.0:7687", "127.0.0.1:0") for line in lines), "server.memory.pagecache.size=128m"]
    small = [
        re.sub(r"=1g$", "=256m", line) for line in dict.fromkeys(here) if line != "server.memory.pagecache.size=1g"
    ]

    assert "Started." in started(tmp_path / "right", small)
    refused = started(tmp_path / "wrong", [*small, "server.memory.heap.largest=1g"])
    assert "Started." not in refused
    assert "server.memory.heap.largest" in refused
