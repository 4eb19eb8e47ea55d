"""Signing in with a provider that others have written, as a browser does it."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.served import PATIENCE, serving
from tests.engines import Database

PROVIDER = "oidc-provider@9.13.3"
SECRET = "s" * 40


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def provider(folder: Path, home: str) -> Iterator[str]:
    """The provider in a process of its own, and its issuer."""
    npm = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--silent", PROVIDER]
    subprocess.run(npm, check=True, capture_output=True)
    port, script = free_port(), str(Path(__file__).with_name("provider.mjs"))
    given = ["node", script, str(folder), str(port), f"{home}/sign-in/oidc/callback", SECRET]
    with subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "listening\n"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def signed_in(browser: httpx.Client, home: str, name: str) -> httpx.Response:
    """The page that a browser ends on after somebody signed in under a name."""
    page = browser.get(f"{home}/sign-in/oidc?next=/graphql")
    for form in ({"prompt": "login", "login": name, "password": "x"}, {"prompt": "consent"}):
        action = re.findall(r'action="([^"]+)"', page.text)[0]
        page = browser.post(action, data=form)
    return page


def browsing() -> httpx.Client:
    return httpx.Client(follow_redirects=True, timeout=PATIENCE)


@pytest.mark.long
@pytest.mark.processes
@pytest.mark.parametrize("kind", ["embedded"])
def test_somebody_signs_in_with_a_real_provider(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    database: Database = request.getfixturevalue(f"{kind}_engine")
    database.wipe()
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    (tmp_path / "secret").write_text(SECRET)
    with provider(tmp_path / "npm", home) as issuer:
        settings = {
            "FAULTLINE_PUBLIC_URL": home, "FAULTLINE_OIDC_ISSUER": issuer, "FAULTLINE_OIDC_CLIENT_ID": "faultline",
            "FAULTLINE_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        }  # fmt: skip
        with serving(database, tmp_path, port=port, read=True, **settings), browsing() as browser, browsing() as guest:
            page = signed_in(browser, home, "ann")
            proof = {"Origin": home, "X-Faultline": "1"}
            me = browser.post(f"{home}/graphql", json={"query": "{ me { actor roles } }"}, headers=proof)
            turned_away = signed_in(guest, home, "guest")
            again = browser.get(f"{home}/sign-in/oidc/callback", params={"code": "used", "state": "x"})

    assert page.status_code == 200
    assert me.json()["data"]["me"] == {"actor": "principal:oidc:ann", "roles": ["viewer", "auditor"]}
    assert (turned_away.status_code, "faultline_session" in guest.cookies) == (401, False)
    assert again.status_code == 401
