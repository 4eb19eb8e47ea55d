"""Signing in with a provider: only with an ID token that is of it, for us, now, and asked for by this browser."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from api.access import oidc
from api.access.changes import change_principal
from api.access.known import LoginRefusedError
from api.access.oidc import Oidc
from api.server import doorkeeper
from graph.errors import BadInputError
from graph.settings import Settings
from tests.api.access.in_memory import HOME, Door, bearer

ISSUER, CLIENT = "https://login.example/realm", "faultline"
KEY, OTHER = (ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256"}) for kid in ("one", "two"))
PUBLIC = "https://cmdb.example"
GIVEN: dict[str, Any] = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "public_url": PUBLIC}


class Provider:
    """An OpenID Connect provider of one person. `trouble`: what it answers instead, by path."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }  # fmt: skip
        self.keys = [KEY.as_dict(private=False)]
        self.trouble: dict[str, httpx.Response] = {}
        self.asked: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.challenge = ""
        self.token = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/realm")
        self.asked.append(path)
        if path in self.trouble:
            return self.trouble[path]
        if path == "/token":
            form = parse_qs(request.content.decode())
            self.forms.append(form)
            proof = (
                base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest())
                .rstrip(b"=")
                .decode()
            )
            return (
                httpx.Response(200, json={"id_token": self.token})
                if proof == self.challenge
                else httpx.Response(400, json={})
            )
        found = {"/.well-known/openid-configuration": self.said, "/keys": {"keys": self.keys}}[path]
        return httpx.Response(200, json=found)


@pytest.fixture
def provider() -> Provider:
    return Provider()


def of(provider: Provider, **given: Any) -> Oidc:
    settings = Settings(Path(), **{**GIVEN, **given})
    return Oidc(settings, lambda: b"pepper", httpx.MockTransport(provider))


def claims(**given: Any) -> dict[str, Any]:
    now = int(time.time())
    plain = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "u-1",
        "exp": now + 300,
        "iat": now,
        "nonce": "n",
        "roles": ["viewer"],
    }
    return {name: value for name, value in {**plain, **given}.items() if value is not ...}


def signed(given: Mapping[str, Any], key: Any = KEY, **header: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": key.kid, **header}, dict(given), key, algorithms=["ES256"])


def part(plain: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).rstrip(b"=").decode()


def test_an_id_token_names_who_has_signed_in_and_their_roles(provider: Provider) -> None:
    found = of(provider).identity(
        signed(claims(preferred_username="安", roles=["faultline-admin", "viewer", "x"])), "n"
    )
    spaced = of(provider, oidc_roles_claim="groups").identity(signed(claims(groups="importer other")), "n")
    several = of(provider).identity(signed(claims(aud=[CLIENT, "other"], azp=CLIENT)), "n")

    assert (found.subject, found.name, found.roles) == ("u-1", "安", ("viewer", "admin"))
    assert (spaced.roles, several.roles) == (("importer",), ("viewer",))


def by_secret(secret: bytes) -> str:
    """A token that is signed with what everybody knows."""
    body = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims())}"
    proof = hmac.new(secret, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"


NOW = int(time.time())
WRONG = {
    "another issuer": signed(claims(iss="https://evil.example")),
    "an issuer that begins alike": signed(claims(iss=ISSUER + "/")),
    "another audience": signed(claims(aud="other")),
    "among others without azp": signed(claims(aud=[CLIENT, "other"])),
    "another azp": signed(claims(azp="other")),
    "no audience": signed(claims(aud=...)),
    "expired": signed(claims(exp=NOW - 3_600, iat=NOW - 7_200)),
    "no end": signed(claims(exp=...)),
    "not yet": signed(claims(nbf=NOW + 3_600)),
    "made in the future": signed(claims(iat=NOW + 3_600)),
    "another nonce": signed(claims(nonce="m")),
    "no nonce": signed(claims(nonce=...)),
    "no subject": signed(claims(sub=...)),
    "an empty subject": signed(claims(sub="")),
    "a subject that is no text": signed(claims(sub=7)),
    "another key": signed(claims(), OTHER),
    "another key by the name of ours": signed(claims(), OTHER, kid="one"),
    "no algorithm": f"{part({'alg': 'none', 'kid': 'one'})}.{part(claims())}.",
    "no algorithm, in other letters": f"{part({'alg': 'nOnE', 'kid': 'one'})}.{part(claims())}.",
    "signed with the public key as a secret": by_secret(KEY.as_pem(private=False)),
    "signed with the client's name": by_secret(CLIENT.encode()),
    "another's claims under our signature": ".".join(
        [signed(claims()).split(".")[0], part(claims(sub="u-2")), signed(claims()).split(".")[2]]
    ),
    "no signature": signed(claims()).rpartition(".")[0] + ".",
    "a list": f"{part({'alg': 'ES256', 'kid': 'one'})}.W10.x",
    "nothing": "",
    "no token": "nonsense",
    "five parts": "a.b.c.d.e",
}


@pytest.mark.parametrize("what", WRONG)
def test_an_id_token_that_is_wrong_names_nobody(what: str, provider: Provider) -> None:
    with pytest.raises(LoginRefusedError):
        of(provider).identity(WRONG[what], "n")


def test_a_new_key_of_the_provider_is_learned_and_not_asked_for_on_and_on(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = of(provider)
    known.identity(signed(claims()), "n")
    provider.keys.append(OTHER.as_dict(private=False))
    for _ in range(3):
        with pytest.raises(LoginRefusedError):
            known.identity(signed(claims(), OTHER), "n")
    assert provider.asked.count("/keys") == 1
    monkeypatch.setattr(oidc, "RENEWED", 0.0)

    assert known.identity(signed(claims(), OTHER), "n").subject == "u-1"
    assert provider.asked.count("/keys") == 2


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", httpx.Response(500)),
        ("/.well-known/openid-configuration", httpx.Response(200, text="<html>")),
        ("/.well-known/openid-configuration", httpx.Response(200, json=[1])),
        ("/.well-known/openid-configuration", httpx.Response(302, headers={"Location": "https://evil.example"})),
        ("/.well-known/openid-configuration", httpx.Response(200, json={"issuer": "https://evil.example"})),
        (
            "/.well-known/openid-configuration",
            httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": "http://evil.example"}),
        ),
        ("/keys", httpx.Response(200, json={"keys": []})),
        ("/keys", httpx.Response(200, json={"keys": [{"kty": "RSA"}]})),
        ("/keys", httpx.Response(200, json={"keys": 5})),
    ],
)
def test_a_provider_that_answers_nonsense_lets_nobody_in(path: str, answer: httpx.Response, provider: Provider) -> None:
    provider.trouble[path] = answer

    with pytest.raises(LoginRefusedError):
        of(provider).identity(signed(claims()), "n")


@pytest.mark.parametrize(
    "given", [{"oidc_issuer": "http://login.example"}, {"public_url": None}, {"public_url": "ftp://x"}]
)
def test_addresses_without_tls_are_refused_at_the_start(given: dict[str, Any], provider: Provider) -> None:
    with pytest.raises(BadInputError, match="oidc_url"):
        of(provider, **given)


@pytest.fixture
def door(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """A server where people sign in with the provider."""
    monkeypatch.setattr(doorkeeper, "Oidc", partial(Oidc, transport=httpx.MockTransport(provider)))
    return Door(tmp_path, **GIVEN)


def sent(door: Door, provider: Provider) -> tuple[dict[str, str], dict[str, str]]:
    """What a browser keeps, and what the provider was asked, when somebody begins to sign in."""
    answer = door.web.get("/sign-in/oidc?next=/ci/db-1")
    asked = dict(httpx.URL(answer.headers["location"]).params)
    provider.challenge = asked["code_challenge"]
    assert (answer.status_code, asked["redirect_uri"], asked["code_challenge_method"]) == (
        303, f"{PUBLIC}/sign-in/oidc/callback", "S256",
    )  # fmt: skip
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}, asked


def back(door: Door, kept: dict[str, str], **given: str) -> httpx.Response:
    return door.web.get("/sign-in/oidc/callback", params={"code": "c", **given}, headers=kept)


def test_somebody_signs_in_and_has_the_roles_that_the_provider_gives_now(door: Door, provider: Provider) -> None:
    assert door.web.post("/graphql", json={"query": "{ revision }"}).status_code == 401, "nobody comes in without"
    assert "Sign in with your organisation" in door.web.get("/sign-in").text
    kept, asked = sent(door, provider)
    provider.token = signed(claims(nonce=asked["nonce"], preferred_username="ann"))
    answer = back(door, kept, state=asked["state"])
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("faultline_session"))
    ours = {"Cookie": cookie.partition(";")[0], "Origin": HOME, "X-Faultline": "1"}
    me = {"query": "{ me { name actor roles } }"}

    assert (answer.status_code, 'url=/ci/db-1"' in answer.text) == (200, True)
    assert door.web.post("/graphql", json=me, headers=ours).json()["data"]["me"] == {
        "name": "oidc:u-1", "actor": "principal:oidc:u-1", "roles": ["viewer"],
    }  # fmt: skip
    kept, asked = sent(door, provider)
    provider.token = signed(claims(nonce=asked["nonce"], roles=["auditor"]))
    assert back(door, kept, state=asked["state"]).status_code == 200
    assert door.web.post("/graphql", json=me, headers=ours).json()["data"]["me"]["roles"] == ["viewer", "auditor"]
    assert [each["action"] for each in door.store.changes.values()] == ["principal_created", "roles_changed"]
    change_principal(door.access, "oidc:u-1", "tester", disabled=True)
    assert door.web.post("/graphql", json=me, headers=ours).status_code == 401
    kept, asked = sent(door, provider)
    provider.token = signed(claims(nonce=asked["nonce"]))
    assert back(door, kept, state=asked["state"]).status_code == 401


def test_whoever_comes_back_wrongly_is_let_in_by_nobody(
    door: Door, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, asked = sent(door, provider)
    provider.token = signed(claims(nonce=asked["nonce"]))
    altered = {"Cookie": kept["Cookie"][:-1] + ("0" if kept["Cookie"][-1] != "0" else "1")}
    wrong = [
        back(door, {}, state=asked["state"]),
        back(door, altered, state=asked["state"]),
        back(door, kept, state="another"),
        back(door, kept),
        back(door, kept, state=asked["state"], iss="https://evil.example"),
        door.web.get("/sign-in/oidc/callback", params={"state": asked["state"], "error": "denied"}, headers=kept),
    ]
    provider.token = signed(claims(nonce=asked["nonce"], roles=["nothing of ours"]))
    wrong.append(back(door, kept, state=asked["state"]))
    monkeypatch.setattr(time, "time", lambda: NOW + 10_000.0)
    wrong.append(back(door, kept, state=asked["state"]))

    assert [each.status_code for each in wrong] == [401] * len(wrong)
    assert not [each for each in wrong if "faultline_session" in each.headers.get("set-cookie", "")]
    assert door.store.principals == {}


def test_tokens_go_on_beside_the_provider_and_its_silence_is_told(door: Door, provider: Provider) -> None:
    provider.trouble["/.well-known/openid-configuration"] = httpx.Response(500)
    answer = door.web.get("/sign-in/oidc")

    assert (answer.status_code, "does not answer" in answer.text) == (503, True)
    assert (
        door.web.post("/graphql", json={"query": "{ revision }"}, headers=bearer(door.token("viewer"))).status_code
        == 200
    )
