"""What the image builds and runs, run here without one: a bare virtual environment, no power, nothing to write."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.dockerfile import copied, environment, health_command, instructions

ROOT = Path(__file__).parents[1]
DOCKERFILE = instructions(ROOT / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# root may write everywhere; without its capabilities it may not
POWERLESS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
TOKEN = "a-token-that-only-this-test-knows"
READY_WITHIN = 180.0  # seconds; the engine starts from nothing, on a machine that does other things too
_FOLDERS = re.compile(r"/(?:opt/faultline|tmp|data)(?=[/ ]|$)")

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Image:
    """A folder that stands for the root of the image's file system."""

    root: Path

    def here(self, text: str) -> str:
        """A command of the Dockerfile with the image's folders where they are here."""
        return _FOLDERS.sub(lambda found: f"{self.root}{found[0]}", text)

    def environment(self) -> dict[str, str]:
        """What the image sets. Its user has no home that can be written."""
        own = {name: self.here(value) for name, value in environment(DOCKERFILE).items()}
        own["PATH"] = f"{self.root}/opt/faultline/bin:{os.environ['PATH']}"
        return {**own, "HOME": "/nonexistent", "TMPDIR": f"{self.root}/tmp"}  # noqa: S108 - inside of it

    def start(self, command: list[str], **more: str) -> subprocess.Popen[str]:
        """Run a command without any power over the file system, as in a container that gave up its capabilities."""
        return subprocess.Popen(
            [*POWERLESS, *(self.here(word) for word in command)],
            env={**self.environment(), **more},
            cwd=self.root / "data",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: list[str], **more: str) -> tuple[int, str]:
        """Run a command to its end: exit code and output."""
        with self.start(command, **more) as process:
            output = process.communicate(timeout=READY_WITHIN)[0]
        return process.returncode, output


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The build stage carried out; what is not /data and /tmp cannot be written by the image's user."""
    with tempfile.TemporaryDirectory(prefix="faultline-image-") as folder:
        image = Image(Path(folder))
        source = image.root / "src"
        source.mkdir()
        for name in copied(DOCKERFILE):
            here = ROOT / name
            if here.is_dir():
                shutil.copytree(here, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(here, source / name)
        for name in ("data", "tmp"):
            (image.root / name).mkdir(mode=0o700)
        build = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        build["PATH"] = f"{Path(sys.executable).resolve().parent}:{build['PATH']}"
        for step in [each.text for each in DOCKERFILE if each.stage == 0 and each.name == "RUN"]:
            subprocess.run(image.here(step), shell=True, cwd=source, env=build, check=True)  # noqa: S602 - our own
        shutil.rmtree(source)
        subprocess.run(["chmod", "-R", "a-w", image.root / "opt"], check=True)
        yield image
        subprocess.run(["chmod", "-R", "u+w", image.root], check=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(port: int) -> list[str]:
    """Entry point and command of the image, on another port."""
    words = [each for each in DOCKERFILE if each.name in ("ENTRYPOINT", "CMD")]
    return [word.replace("8470", str(port)) for each in words for word in each.words]


def test_the_installed_wheel_answers_with_its_version_and_its_help(image: Image) -> None:
    entry = next(each for each in DOCKERFILE if each.name == "ENTRYPOINT").words

    code, version = image.run([*entry, "--version"])
    helped, text = image.run([*entry, "impact", "--help"], FAULTLINE_LANG="en")

    assert (code, version) == (0, f"faultline, version {PROJECT['version']}\n")
    assert helped == 0, text
    assert "What breaks when these CIs stop" in text


def test_the_image_serves_nothing_beyond_the_loopback_without_a_token(image: Image) -> None:
    code, said = image.run(command(free_port()), FAULTLINE_LANG="en")

    assert code == 2, said
    assert "FAULTLINE_ADMIN_TOKEN_FILE" in said


def test_the_image_becomes_ready_on_a_read_only_root_and_lets_nobody_in_without_the_token(image: Image) -> None:
    port = free_port()
    (image.root / "data" / "token").write_text(TOKEN, encoding="utf-8")
    (image.root / "data" / "token").chmod(0o444)
    health = [word.replace("8470", str(port)) for word in health_command(DOCKERFILE)]

    with image.start(command(port), FAULTLINE_ADMIN_TOKEN_FILE=f"{image.root}/data/token") as server:
        deadline = time.monotonic() + READY_WITHIN
        while image.run(health)[0] != 0:
            assert server.poll() is None, server.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.5)
        refused, allowed = asked(port, ""), asked(port, TOKEN)
        server.terminate()
        server.wait(30)

    assert (refused, allowed) == (401, 200)
    assert image.run(health)[0] != 0
    compiled = {path.name for path in (image.root / "opt" / "faultline" / "kernels").rglob("*.nbc")}
    assert compiled
    assert {path.name for path in (image.root / "tmp" / "kernels").rglob("*.nbc")} == compiled


def asked(port: int, token: str) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        data=b'{"query": "{ __typename }"}',
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
