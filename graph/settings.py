"""What can be set from outside, each with its default and its reason; read once, at the door."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
from platformdirs import user_data_path

from graph.errors import BadInputError
from graph.values import ValueRefused, zone_of

LANGUAGES = ("zh", "en")


def heap() -> str:
    """An eighth of this machine's memory, 1 to 4 GB.

    With 1 GB the embedded engine collects garbage most of the time once a million CIs are in it.
    """
    return f"{min(4_096, max(1_024, psutil.virtual_memory().total // 2**23))}m"


@dataclass(frozen=True)
class Settings:
    """Settings of one process. Times in seconds."""

    data_dir: Path
    language: str = "en"
    language_chosen: bool = False  # by FAULTLINE_LANG; else pages are in what the browser says that its user reads
    timezone: str = "Asia/Shanghai"  # INTERFACES: where a time says neither offset nor zone
    neo4j_uri: str | None = None  # set: no engine of our own is started
    neo4j_user: str = "neo4j"
    neo4j_password: str = ""
    neo4j_database: str | None = None
    admin_token_file: Path | None = None  # set: every request but the probes needs this token
    token_pepper_file: Path | None = None  # set: several data directories on one database know the same tokens
    public_url: str | None = None  # where browsers find this server: a provider sends them back there
    oidc_issuer: str | None = None  # set: people may sign in with this OpenID Connect provider
    oidc_client_id: str | None = None
    oidc_client_secret_file: Path | None = None  # none: a public client, which PKCE alone proves
    oidc_roles_claim: str = "roles"
    lifecycle: Path | None = None  # set: changes live as it says instead of as the package does
    snapshot: Path | None = None  # set: reviews are asked of this file, and no register is opened for them
    webhook_url: str | None = None  # set: what becomes of changes is told there
    webhook_secret_file: Path | None = None  # what notices are signed with
    webhook_private: bool = False  # whether the webhook may be within one's own network, and without TLS
    smtp_url: str | None = None  # set: who waits for a change is sent mail there
    smtp_password_file: Path | None = None  # of the user that the address names
    mail_from: str | None = None  # whose letters they are
    pool_size: int = 16  # connections; two per request thread is more than one process uses
    connect_timeout: float = 5.0  # a database on the same network answers in milliseconds
    acquire_timeout: float = 20.0  # a request that waits longer for a connection is better refused
    connection_lifetime: float = 1_800.0  # below the idle limits of the usual firewalls
    idle_seconds: float = 5.0  # after which a connection is tried before it is used: firewalls forget without a word
    retry_seconds: float = 30.0  # a Neo4j leader election takes 10 to 20
    engine_memory: str = field(default_factory=heap)  # of the engine started here
    engine_start_timeout: float = 90.0  # a cold disk; it is 1 to 3 on a warm one
    dask_scheduler: str | None = None  # set: whole-estate sweeps run on its workers; one machine is enough for most
    import_bytes: int = 2 * 2**30  # of one import over the API, unpacked: some ten million rows
    engine_linger: float = 2.0  # how long the engine outlives its last user; INTERFACES allows 5

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The settings that environment variables choose (INTERFACES: Command line).

        Raises BadInputError, naming the variable, for a value that cannot be used.
        """
        env = os.environ if environment is None else environment
        if env.get("FAULTLINE_SERVER"):
            # whoever sets it means to write there: a register of one's own would be written without a word
            raise BadInputError("settings.no_server")
        settings = cls(
            # absolute: the engine is started from another folder
            data_dir=Path(env.get("FAULTLINE_DATA_DIR") or user_data_path("faultline", appauthor=False)).absolute(),
            language=_language(env),
            language_chosen=bool(env.get("FAULTLINE_LANG", "").strip()),
            timezone=env.get("FAULTLINE_TIMEZONE") or cls.timezone,
            neo4j_uri=env.get("FAULTLINE_NEO4J_URI") or None,
            neo4j_user=env.get("FAULTLINE_NEO4J_USER") or cls.neo4j_user,
            neo4j_password=_password(env),
            neo4j_database=env.get("FAULTLINE_NEO4J_DATABASE") or None,
            admin_token_file=Path(token) if (token := env.get("FAULTLINE_ADMIN_TOKEN_FILE")) else None,
            token_pepper_file=Path(pepper) if (pepper := env.get("FAULTLINE_TOKEN_PEPPER_FILE")) else None,
            public_url=env.get("FAULTLINE_PUBLIC_URL") or None,
            oidc_issuer=env.get("FAULTLINE_OIDC_ISSUER") or None,
            oidc_client_id=env.get("FAULTLINE_OIDC_CLIENT_ID") or None,
            oidc_client_secret_file=Path(kept) if (kept := env.get("FAULTLINE_OIDC_CLIENT_SECRET_FILE")) else None,
            oidc_roles_claim=env.get("FAULTLINE_OIDC_ROLES_CLAIM") or cls.oidc_roles_claim,
            snapshot=Path(kept) if (kept := env.get("FAULTLINE_SNAPSHOT")) else None,
            webhook_url=env.get("FAULTLINE_WEBHOOK_URL") or None,
            webhook_secret_file=Path(kept) if (kept := env.get("FAULTLINE_WEBHOOK_SECRET_FILE")) else None,
            webhook_private=env.get("FAULTLINE_WEBHOOK_PRIVATE", "") == "1",
            smtp_url=env.get("FAULTLINE_SMTP_URL") or None,
            smtp_password_file=Path(kept) if (kept := env.get("FAULTLINE_SMTP_PASSWORD_FILE")) else None,
            mail_from=env.get("FAULTLINE_MAIL_FROM") or None,
            lifecycle=Path(kept) if (kept := env.get("FAULTLINE_LIFECYCLE")) else None,
            dask_scheduler=env.get("FAULTLINE_DASK_SCHEDULER") or None,
            engine_memory=env.get("FAULTLINE_ENGINE_MEMORY") or heap(),
            import_bytes=_bytes(env),
        )
        try:
            zone_of(settings.timezone)
        except ValueRefused as refused:
            raise BadInputError("settings.timezone", value=settings.timezone[:60]) from refused
        return settings

    def at(self, data_dir: Path | None) -> "Settings":
        """The same settings with another data directory, where one is given."""
        return self if data_dir is None else replace(self, data_dir=data_dir.absolute())


def _language(env: Mapping[str, str]) -> str:
    chosen = env.get("FAULTLINE_LANG", "").strip().lower()
    if chosen:
        if chosen[:2] not in LANGUAGES:
            raise BadInputError("settings.language", value=chosen[:60], choices=", ".join(LANGUAGES))
        return chosen[:2]
    spoken = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"


def _bytes(env: Mapping[str, str]) -> int:
    given = env.get("FAULTLINE_IMPORT_BYTES") or str(Settings.import_bytes)
    if not (given.isascii() and given.isdecimal() and len(given) < 16):
        raise BadInputError("settings.bytes", value=given[:60])
    return int(given)


def _password(env: Mapping[str, str]) -> str:
    path = env.get("FAULTLINE_NEO4J_PASSWORD_FILE")
    if not path:
        return env.get("FAULTLINE_NEO4J_PASSWORD", "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadInputError("settings.password_file", path=path, reason=error.strerror or "") from error
    except ValueError as error:
        raise BadInputError("settings.password_file", path=path, reason="UTF-8") from error
