"""Every setting, from the environment or an `.env` file in the working folder. Names are those of the wire contract.

A wrong value, or a wrong combination, stops the start with one sentence (`StartError`).
"""

import ipaddress
import json
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from tms_chat.bus_settings import BusSettings
from tms_chat.core.errors import StartError
from tms_chat.core.links import parse_hosts
from tms_chat.core.origins import parse_address, parse_origin, parse_origins
from tms_chat.core.rules import EVERYBODY, MAX_GROUP_MEMBERS, USER_ROLES, Rights
from tms_chat.db.url import DatabaseUrl, parse_database_url
from tms_chat.files.bucket import Bucket, parse_bucket
from tms_chat.metrics_settings import MetricsSettings
from tms_chat.rates import RateSettings
from tms_chat.socket_settings import SocketSettings
from tms_chat.worker_settings import WorkerSettings

MIN_SECRET = 32
MIN_HOST_KEY = 16
EXAMPLE_WORDS: tuple[str, ...] = ("changeme", "change-me", "change_me", "your-secret", "your_secret")
EXAMPLE_WORDS += ("example", "secret-here", "placeholder")


class Settings(RateSettings, SocketSettings, BusSettings, WorkerSettings, MetricsSettings):
    """Frozen; made once at the start by :func:`load_settings`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    environment: Literal["development", "staging", "production"] = Field(
        "development", description="development, staging or production; production insists on real secrets."
    )
    debug: bool = Field(False, description="true logs every request.")
    host: str = Field("", description="The address to listen on; 127.0.0.1, and 0.0.0.0 in production.")
    port: int = Field(8000, ge=0, le=65535, description="The one port for REST, Socket.IO and the client.")
    data_dir: Path = Field(Path("data"), description="Where the SQLite file and generated keys live.")
    public_url: str | None = Field(
        None, description="The server's own address as browsers see it, like https://chat.example.com."
    )
    trusted_proxies: str = Field(
        "",
        description="Comma list of proxy addresses or networks whose X-Forwarded headers count; * trusts every peer.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma list or JSON list of exact origins whose pages may use this server; its own always may.",
    )
    database_url: str | None = Field(
        None, repr=False, description="postgresql://…; without it SQLite in the data directory."
    )
    database_url_sync: str | None = Field(
        None, repr=False, description="Another name for DATABASE_URL, which wins when both are set."
    )
    jwt_secret: str | None = Field(
        None,
        repr=False,
        description="Signs our own session tokens, 32 characters or more; generated into DATA_DIR in development.",
    )
    nextauth_secret: str | None = Field(
        None,
        repr=False,
        validation_alias=AliasChoices("NEXTAUTH_SECRET", "AUTH_SECRET"),
        description="The host's secret (or AUTH_SECRET), 32 bytes or more; its users sign in, local accounts are off.",
    )
    nextauth_secrets: Annotated[tuple[str, ...], NoDecode] = Field(
        (), repr=False, description="JSON list of further host secrets that are accepted, for rotation."
    )
    user_management_api_url: str | None = Field(
        None, description="Base address of the host's user API, like https://app.example.com; asked by this server."
    )
    user_management_api_key: str | None = Field(
        None, repr=False, description="The key this server shows to the host's user API (X-API-Key)."
    )
    host_api_key: str | None = Field(
        None,
        repr=False,
        description="The key the host shows here and signs its messages with; USER_MANAGEMENT_API_KEY unless set.",
    )
    host_public_url: str | None = Field(
        None,
        validation_alias=AliasChoices("HOST_PUBLIC_URL", "NEXT_PUBLIC_USER_MANAGEMENT_API_URL", "NEXTAUTH_URL"),
        description="The host as browsers see it, when that is not USER_MANAGEMENT_API_URL.",
    )
    host_sign_in_url: str | None = Field(
        None, description="Where browsers sign in; {host}/api/v1/auth/sso unless set. callbackUrl is appended."
    )
    host_name: str | None = Field(None, description="What people call the host: Sign in with …; its domain unless set.")
    host_roles: Annotated[dict[str, str], NoDecode] = Field(
        {}, description='The host\'s roles as ours, a JSON object like {"OWNER": "ADMIN"}; others are MEMBER.'
    )
    group_creators: Annotated[tuple[str, ...], NoDecode] = Field(
        USER_ROLES, description="Who may create groups: everybody, or a comma list of ADMIN, LEADER, MEMBER."
    )
    max_group_members: int = Field(
        MAX_GROUP_MEMBERS, ge=2, le=10_000, description="How many members a group may have that people look after."
    )
    messaging: Literal["everybody", "organisation"] = Field(
        "everybody", description="Who may find and write to whom: everybody, or people of the same organisation."
    )
    organisation_field: Literal["division", "department", "section", "custom_team"] = Field(
        "division", description="The profile field that names a person's organisation."
    )
    directory_refresh_seconds: int = Field(
        900, ge=1, description="How often connected people are read from the host again."
    )
    directory_resync_seconds: int = Field(86_400, ge=1, description="How often everybody is read from the host again.")
    files_url: str | None = Field(
        None, description="Where files are kept: s3://bucket/prefix; the folder files in DATA_DIR unless set."
    )
    files_s3_endpoint: str | None = Field(
        None, description="Address of an S3-compatible service that is not Amazon's, like https://minio.example.com."
    )
    files_s3_region: str | None = Field(None, description="Region of the bucket; us-east-1 unless set.")
    files_s3_access_key_id: str | None = Field(
        None, repr=False, description="Key of the bucket; without it what the machine itself may do counts (AWS)."
    )
    files_s3_secret_access_key: str | None = Field(None, repr=False, description="The secret of that key.")
    max_file_mb: int = Field(100, ge=1, le=10_000, description="The largest file that is taken, in MB.")
    files_quota_mb: int = Field(5_000, ge=0, description="How much the files of one person may take, in MB; 0: no end.")
    files_max_disk_percent: int = Field(
        90, ge=1, le=100, description="No file is taken when the local disk is as full as this."
    )
    link_previews: Literal["on", "off"] = Field(
        "on", description="Whether this server looks up what links in messages lead to; off asks nobody."
    )
    link_preview_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma list of hosts (wiki.corp.local, wiki:8080) that may be looked at although they are private.",
    )

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> tuple[str, ...]:
        return parse_origins(value)

    @field_validator("nextauth_secrets", mode="before")
    @classmethod
    def _secrets(cls, value: Any) -> tuple[str, ...]:
        if not isinstance(value, str):
            return tuple(value)
        try:
            secrets = json.loads(value)
        except ValueError:
            secrets = None
        if not isinstance(secrets, list) or not all(isinstance(secret, str) for secret in secrets):
            raise ValueError('NEXTAUTH_SECRETS must be a JSON list of strings, like ["new secret", "old secret"]')
        return tuple(secrets)

    @field_validator("host_roles", mode="before")
    @classmethod
    def _roles(cls, value: Any) -> dict[str, str]:
        try:
            roles = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            roles = None
        if not isinstance(roles, dict) or not all(role in USER_ROLES for role in roles.values()):
            raise ValueError(f"HOST_ROLES must be a JSON object whose values are {', '.join(USER_ROLES)}")
        return {str(name).upper(): role for name, role in roles.items()}

    @field_validator("group_creators", mode="before")
    @classmethod
    def _creators(cls, value: Any) -> tuple[str, ...]:
        names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else list(value)
        if [name.lower() for name in names] == [EVERYBODY]:
            return USER_ROLES
        roles = tuple(name.upper() for name in names)
        if not roles or not set(roles) <= set(USER_ROLES):
            raise ValueError(f"GROUP_CREATORS must be everybody, or a comma list of {', '.join(USER_ROLES)}")
        return roles

    @field_validator("user_management_api_url", "host_public_url", "host_sign_in_url")
    @classmethod
    def _host_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value if value is None else parse_address(value, str(info.field_name).upper())

    @field_validator("link_preview_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> tuple[str, ...]:
        return parse_hosts(value, "LINK_PREVIEW_HOSTS")

    @field_validator("environment", "rate_limits", "link_previews", "messaging", "organisation_field", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        return parse_origin(value.strip(), "PUBLIC_URL")

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, value: str) -> str:
        entries = [entry.strip() for entry in value.split(",") if entry.strip()]
        if "*" in entries:
            return "*"
        networks = []
        for entry in entries:
            try:
                networks.append(str(ipaddress.ip_network(entry, strict=False)))
            except ValueError:
                raise ValueError(
                    f"TRUSTED_PROXIES entry {entry!r} is not an IP address or network like 10.0.0.0/8"
                ) from None
        return ",".join(networks)

    @model_validator(mode="after")
    def _combinations(self) -> "Settings":
        if self.environment == "production" and self.jwt_secret is None:
            raise ValueError(
                "JWT_SECRET is missing: production needs 32 characters or more, such as `openssl rand -hex 32` prints"
            )
        for name, secret in (
            ("JWT_SECRET", self.jwt_secret),
            ("NEXTAUTH_SECRET", self.nextauth_secret),
            *(("NEXTAUTH_SECRETS", s) for s in self.nextauth_secrets),
        ):
            if secret is not None:
                check_secret(name, secret, strict=self.environment == "production")
        if self.environment == "production":
            self._check_keys_of_the_host()
        if (self.user_management_api_url is None) != (self.user_management_api_key is None):
            raise ValueError(
                "USER_MANAGEMENT_API_URL and USER_MANAGEMENT_API_KEY belong together: set both, or neither"
            )
        if self.user_management_api_url is not None and not self.host_secrets:
            raise ValueError(
                "NEXTAUTH_SECRET is missing: with USER_MANAGEMENT_API_URL people sign in at the host, with its secret"
            )
        self.database  # noqa: B018  (parsed here so that a bad address stops the start)
        self.files_bucket  # noqa: B018
        return self

    def _check_keys_of_the_host(self) -> None:
        if self.host_api_key is not None and len(self.host_api_key) < MIN_HOST_KEY:
            raise ValueError(
                f"HOST_API_KEY is too short: it needs {MIN_HOST_KEY} characters or more, such as "
                "`openssl rand -hex 32` prints, here and at the host"
            )
        shared = {
            "NEXTAUTH_SECRET": self.nextauth_secret,
            **{f"NEXTAUTH_SECRETS entry {index}": secret for index, secret in enumerate(self.nextauth_secrets, 1)},
            "HOST_API_KEY": self.host_api_key,
            "USER_MANAGEMENT_API_KEY": self.user_management_api_key,
        }
        for name, secret in shared.items():
            if self.jwt_secret is not None and secret == self.jwt_secret:
                raise ValueError(
                    f"JWT_SECRET is the same as {name}, so that whoever has the one could sign our sessions: "
                    "make one of its own with `openssl rand -hex 32`"
                )

    @property
    def database(self) -> DatabaseUrl:
        """Where the data lives, from DATABASE_URL, its alias, or the data directory."""
        return parse_database_url(self.database_url, self.database_url_sync, self.data_dir)

    @property
    def files_bucket(self) -> Bucket | None:
        """Where files are kept when that is not DATA_DIR."""
        return parse_bucket(
            self.files_url,
            endpoint=self.files_s3_endpoint,
            region=self.files_s3_region,
            key_id=self.files_s3_access_key_id,
            secret=self.files_s3_secret_access_key,
        )

    @property
    def host_secrets(self) -> tuple[str, ...]:
        """All secrets a host token may be signed with, the current one first."""
        first = (self.nextauth_secret,) if self.nextauth_secret else ()
        return tuple(dict.fromkeys((*first, *self.nextauth_secrets)))

    @property
    def inbound_key(self) -> str | None:
        """The key of the host's own requests to us."""
        return self.host_api_key or self.user_management_api_key

    @property
    def has_weak_host_key(self) -> bool:
        """Whether the host's own requests are let in by a key that was made short for something else."""
        return self.inbound_key is not None and len(self.inbound_key) < MIN_HOST_KEY

    @property
    def host_base(self) -> str | None:
        """The host as browsers see it."""
        return self.host_public_url or self.user_management_api_url

    @property
    def sign_in_url(self) -> str | None:
        """Where a browser without a session goes; None when nothing but the secret is known of the host."""
        return self.host_sign_in_url or (f"{self.host_base}/api/v1/auth/sso" if self.host_base else None)

    @property
    def host_label(self) -> str:
        """What people call the host."""
        address = self.host_base or self.host_sign_in_url or ""
        return self.host_name or urlsplit(address).hostname or "your account"

    @property
    def rights(self) -> Rights:
        """Roles as rights, for `core.rules`."""
        organisation = self.organisation_field if self.messaging == "organisation" else None
        return Rights(self.host_roles, frozenset(self.group_creators), organisation, self.max_group_members)

    @property
    def listen_host(self) -> str:
        """HOST, or the default of the environment: everybody in production, this machine only elsewhere."""
        return self.host or ("0.0.0.0" if self.environment == "production" else "127.0.0.1")


def check_secret(name: str, secret: str, *, strict: bool) -> None:
    """Refuse a short secret, and in production one that was copied from an example."""
    if len(secret.encode()) < MIN_SECRET:
        raise ValueError(
            f"{name} is too short: it needs {MIN_SECRET} characters or more, such as `openssl rand -hex 32` prints"
        )
    if strict and (any(word in secret.lower() for word in EXAMPLE_WORDS) or len(set(secret)) < 8):
        raise ValueError(f"{name} looks like an example: make a real one with `openssl rand -hex 32`")


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. Raises StartError with one sentence for the first thing that is wrong."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        sentence = str(problem["msg"]).removeprefix("Value error, ")
        where = str(problem["loc"][0]).upper() if problem["loc"] else ""
        raise StartError(sentence if not where or where in sentence else f"{where}: {sentence}") from None
    except UnicodeDecodeError:
        raise StartError("The file .env is not UTF-8 text: save it as UTF-8.") from None
