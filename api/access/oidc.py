"""Signing in with an OpenID Connect provider: authorisation code with PKCE, any conforming one by discovery."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.access.known import LoginRefusedError
from api.access.roles import roles
from api.access.tokens import read_secret
from graph.errors import BadInputError
from graph.settings import Settings

CALLBACK = "/sign-in/oidc/callback"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEEWAY = 60  # seconds that the provider's clock may differ
PENDING = 600  # seconds in which somebody signs in there
KNOWN_FOR = 600.0  # seconds that what a provider says of itself is kept
RENEWED = 30.0  # seconds before keys are asked for again because of one that is not known
TIMEOUT = 5.0  # seconds that the provider is waited for
LARGEST = 1_000_000  # bytes of an answer of the provider
PREFIX = "faultline-"  # with it or without a value of the claim is a role


@dataclass(frozen=True, slots=True)
class Identity:
    """Who has signed in: the provider's own name for them, what people call them, and the roles that it gives."""

    subject: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun: where the browser goes, and what it keeps until it comes back."""

    url: str
    kept: str


class Oidc:
    """One provider. Any number of threads may ask; errors are LoginRefusedError, with the reason for our log."""

    def __init__(
        self, settings: Settings, pepper: Callable[[], bytes], transport: httpx.BaseTransport | None = None
    ) -> None:
        self._issuer, self._id = settings.oidc_issuer or "", settings.oidc_client_id or ""
        self._claim, self._pepper = settings.oidc_roles_claim, pepper
        self._redirect = (settings.public_url or "").rstrip("/") + CALLBACK
        self._secret = (
            None if settings.oidc_client_secret_file is None else read_secret(settings.oidc_client_secret_file)
        )
        self._transport, self._lock = transport, threading.Lock()
        self._said: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        if not self._id:
            raise BadInputError("access.oidc_client")
        for url in (self._issuer, settings.public_url or ""):
            if not _is_safe(url):
                raise BadInputError("access.oidc_url", url=url[:200])

    def begin(self, following: str) -> Begun:
        """Send somebody to the provider; `following`: where they go on to."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self._id, "redirect_uri": self._redirect, "scope": "openid profile",
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": following, "until": time.time() + PENDING}
        place = self._place("authorization_endpoint")
        return Begun(f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}", self._sealed(kept))

    def finish(self, kept: str, given: Mapping[str, str]) -> tuple[Identity, str]:
        """Who has come back from the provider, and where they go on to."""
        begun = self._opened(kept)
        if not hmac.compare_digest(str(begun["state"]).encode(), given.get("state", "").encode()):
            raise LoginRefusedError("state")
        if given.get("iss", self._issuer) != self._issuer or "code" not in given:
            raise LoginRefusedError("answer")
        form = {
            "grant_type": "authorization_code", "code": given["code"], "redirect_uri": self._redirect,
            "code_verifier": str(begun["verifier"]), **({"client_id": self._id} if self._secret is None else {}),
        }  # fmt: skip
        auth = None if self._secret is None else httpx.BasicAuth(self._id, self._secret)
        told = self._asked("POST", self._place("token_endpoint"), data=form, auth=auth)
        return self.identity(str(told.get("id_token", "")), str(begun["nonce"])), str(begun["next"])

    def identity(self, token: str, nonce: str) -> Identity:
        """Whom an ID token names; LoginRefusedError unless it is of this provider, for us, now, and asked for."""
        claims = self._claims(token)
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise LoginRefusedError(f"claims: {error.error}") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._id) != self._id:
            raise LoginRefusedError("claims: azp")
        given = claims.get(self._claim)
        values = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        held = {str(value).removeprefix(PREFIX) for value in values}
        name = next((claims[key] for key in ("preferred_username", "name") if isinstance(claims.get(key), str)), "")
        return Identity(claims["sub"], name, tuple(role for role in roles().below if role in held))

    def _claims(self, token: str) -> dict[str, Any]:
        for is_last in (False, True):
            try:
                return jwt.decode(token, self._key_set(renewed=is_last), algorithms=list(ALGORITHMS)).claims
            except (JoseError, ValueError) as error:
                # it may have been signed with a key that is newer than those we know
                if is_last:
                    raise LoginRefusedError(f"token: {type(error).__name__}") from error
        raise LoginRefusedError("token")

    def _key_set(self, *, renewed: bool) -> KeySet:
        with self._lock:
            now, most = time.monotonic(), RENEWED if renewed else KNOWN_FOR
            if self._keys is None or now - self._keys[0] > most:
                try:
                    found = KeySet.import_key_set(self._asked("GET", self._place("jwks_uri")))  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise LoginRefusedError("keys") from error
                self._keys = (now, found)
            return self._keys[1]

    def _place(self, name: str) -> str:
        said = self._said
        if said is None or time.monotonic() - said[0] > KNOWN_FOR:
            found = self._asked("GET", self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != self._issuer:
                raise LoginRefusedError("issuer")
            self._said = said = (time.monotonic(), found)
        place = said[1].get(name)
        if not isinstance(place, str) or not _is_safe(place):
            raise LoginRefusedError(f"no {name}")
        return place

    def _asked(self, method: str, url: str, **given: Any) -> dict[str, Any]:
        try:
            with httpx.Client(
                transport=self._transport, timeout=TIMEOUT, follow_redirects=False, trust_env=False
            ) as client:
                answer = client.request(method, url, headers={"Accept": "application/json"}, **given)
                found = answer.json() if answer.status_code == 200 and len(answer.content) <= LARGEST else None
        except (httpx.HTTPError, ValueError) as error:
            raise LoginRefusedError(f"provider: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise LoginRefusedError(f"provider: {answer.status_code}")
        return found

    def _sealed(self, kept: Mapping[str, Any]) -> str:
        body = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
        return f"{body}.{self._seal(body)}"

    def _opened(self, sealed: str) -> dict[str, Any]:
        body, _, seal = sealed.partition(".")
        if not hmac.compare_digest(seal.encode(), self._seal(body).encode()):
            raise LoginRefusedError("sealed")
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body))
        if found["until"] < time.time():
            raise LoginRefusedError("too late")
        return found

    def _seal(self, body: str) -> str:
        return hmac.new(self._pepper(), f"oidc.{body}".encode(), hashlib.sha256).hexdigest()


def _is_safe(url: str) -> bool:
    # without TLS only where nobody is in between
    found = urlsplit(url)
    return bool(found.hostname) and (
        found.scheme == "https" or (found.scheme == "http" and found.hostname in ("localhost", "127.0.0.1", "::1"))
    )
