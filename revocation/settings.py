"""What operators set: the only reader of the environment (REVOCATION_*)."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from revocation_client.judgement.millis import Millis

from .addresses import Address
from .domain.realms import HOUR, SECOND
from .durations import Duration, limits
from .settings_table import PREFIX, secret_files, table


class SettingsError(ValueError):
    """Settings that cannot be used. Each line of the message names one and its rule; none repeats a value that may be secret."""


def _address(written: str) -> str:
    return str(Address.parse(written))


def _addresses(written: object) -> object:
    return tuple(Address.parse(one) for one in written.split(",") if one.strip()) if isinstance(written, str) else written


def _redis_url(url: SecretStr) -> SecretStr:
    if not _names_a_store(url.get_secret_value()):
        raise ValueError("must be redis://HOST:PORT/DB, rediss://HOST:PORT/DB (TLS) or unix:///PATH")
    return url


def _names_a_store(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            bool(parts.path) if parts.scheme == "unix" else parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:  # whose text repeats parts of the URL
        return False


def _lower(written: object) -> object:
    return written.lower() if isinstance(written, str) else written


class _Base(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=False
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags come before the environment; there are no other sources."""
        return init_settings, env_settings, _SecretFiles(settings_cls)


class Settings(_Base):
    """What one server process is told. Durations are in milliseconds once read."""

    listen: Annotated[str, AfterValidator(_address)] = Field(default="127.0.0.1:50051", description="where to serve gRPC; HOST:PORT")
    insecure_bind: bool = Field(default=False, description="serve without TLS on an address that other machines can reach")
    data_dir: Path = Field(
        default=Path(".revocation"), description="folder of the embedded Valkey's data; used when no REVOCATION_REDIS_URL is set"
    )
    realms_file: Path | None = Field(default=None, description="TOML file that declares the realms; without it there is only `default`")

    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        default=None, description="redis://, rediss:// or unix:// URL of the store; without it an embedded Valkey is started"
    )
    redis_username: str | None = Field(default=None, description="user name at the store")
    redis_password: SecretStr | None = Field(default=None, description="password at the store")
    redis_cluster: bool = Field(default=False, description="REVOCATION_REDIS_URL names a node of a Redis Cluster")
    redis_sentinels: Annotated[tuple[Address, ...], NoDecode, BeforeValidator(_addresses)] = Field(
        default=(), description="Sentinels to ask for the primary; HOST:PORT, separated by commas"
    )
    redis_sentinel_master: str = Field(default="mymaster", description="name of the primary at the Sentinels")
    redis_sentinel_username: str | None = Field(default=None, description="user name at the Sentinels")
    redis_sentinel_password: SecretStr | None = Field(default=None, description="password at the Sentinels")
    redis_tls_ca_file: Path | None = Field(
        default=None, description="PEM file of the authorities that the store's certificate is checked against"
    )
    redis_tls_cert_file: Path | None = Field(default=None, description="PEM file of this client's certificate at the store")
    redis_tls_key_file: Path | None = Field(default=None, description="PEM file of that certificate's key")
    redis_max_connections: int = Field(default=64, ge=1, le=10_000, description="connections to each store node, at most")

    acknowledge: Annotated[Literal["auto", "local", "replicated", "durable"], BeforeValidator(_lower)] = Field(
        default="auto",
        description="when a revocation counts as kept: local, the primary has it; replicated, every replica that could be promoted too; "
        "durable, on disk everywhere (Redis 7.2, appendfsync always); auto: local when embedded, else replicated",
    )
    replicas: int = Field(default=0, ge=0, le=100, description="replicas that must confirm a revocation, however few are known")

    session_data_limit: int = Field(default=16_384, ge=0, le=1_048_576, description="data of one session, at most; bytes")
    session_pepper: SecretStr | None = Field(
        default=None, description="key of the digests that session ids are stored under; another one ends all sessions"
    )
    log_retention: Annotated[Duration, limits(least=SECOND)] = Field(
        default=Millis(HOUR), description="age at which log entries are trimmed; duration"
    )

    serve_stale: bool = Field(default=False, description="answer checks, marked stale, when the store is out of reach, instead of refusing")

    workers: int = Field(default=1, ge=0, le=256, description="server processes, which share the port; 0: one for each core")
    fast_lane: Annotated[Literal["auto", "on", "off"], BeforeValidator(_lower)] = Field(
        default="auto", description="serve checks through pygrpc-native: on, off, or auto, which is on where it is installed"
    )

    log_format: Annotated[Literal["auto", "human", "json"], BeforeValidator(_lower)] = Field(
        default="auto", description="form of the log: human, json, or auto, which is human on a terminal and json elsewhere"
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info", description="least level that is logged: debug, info, warning or error"
    )
    drain_delay: Duration = Field(
        default=Millis(0), description="how long calls are still accepted after SIGTERM, while health says NOT_SERVING; duration"
    )
    drain_grace: Duration = Field(default=Millis(10 * SECOND), description="how long calls in flight may then take to finish; duration")
    reflection: bool = Field(default=True, description="serve gRPC reflection, which grpcurl needs")

    @property
    def embedded(self) -> bool:
        """Whether the store is a Valkey that this process starts itself."""
        return self.redis_url is None and not self.redis_sentinels

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        address = Address.parse(self.listen)
        if not address.is_loopback and not self.insecure_bind:
            raise ValueError(
                f"{PREFIX}LISTEN: {address} is open to other machines, and the service has no TLS of its own: "
                f"listen on 127.0.0.1, or set {PREFIX}INSECURE_BIND=true (--insecure-bind) in a network that you trust"
            )
        if self.redis_cluster and (self.redis_url is None or self.redis_sentinels):
            raise ValueError(f"{PREFIX}REDIS_CLUSTER: needs {PREFIX}REDIS_URL and no {PREFIX}REDIS_SENTINELS")
        if (self.redis_tls_cert_file is None) != (self.redis_tls_key_file is None):
            raise ValueError(f"{PREFIX}REDIS_TLS_CERT_FILE and {PREFIX}REDIS_TLS_KEY_FILE: set both or neither")
        return self


class ClientSettings(_Base):
    """What the client commands are told."""

    server: Annotated[str, AfterValidator(_address)] = Field(default="127.0.0.1:50051", description="the service to ask; HOST:PORT")
    realm: str = Field(default="", description="the realm; empty: default")
    timeout: Annotated[Duration, limits(least=1)] = Field(
        default=Millis(5 * SECOND), description="how long to wait for an answer; duration"
    )


AnySettings = TypeVar("AnySettings", Settings, ClientSettings)


def load(kind: type[AnySettings], flags: Mapping[str, object] | None = None) -> AnySettings:
    """Returns settings from *flags* (None and empty text: not given) and the environment. SettingsError tells all that is wrong."""
    _refuse_unknown_names()
    try:
        return kind(**{name: value for name, value in (flags or {}).items() if value not in (None, "")})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join(_line(fault["loc"], fault["msg"]) for fault in error.errors(include_input=False))) from None


def _line(place: tuple[int | str, ...], rule: str) -> str:
    rule = rule.removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{PREFIX}{str(place[0]).upper()}: {rule}" if place else rule


def _environment() -> dict[str, str]:
    return {name.upper(): value for name, value in os.environ.items() if name.upper().startswith(PREFIX)}


def _refuse_unknown_names() -> None:
    known = {setting.env for kind in (Settings, ClientSettings) for setting in table(kind)} | set(secret_files(Settings).values())
    faults = []
    for name in sorted(_environment().keys() - known):
        near = get_close_matches(name, known, n=1, cutoff=0.0)
        faults.append(f"{name}: no such setting; the nearest is {near[0]}")
    if any("_SERVICE_HOST" in fault for fault in faults):
        faults.append("Variables of Kubernetes service links can be switched off with enableServiceLinks: false")
    if faults:
        raise SettingsError("\n".join(faults))


class _SecretFiles(PydanticBaseSettingsSource):
    """Secrets out of the files that <NAME>_FILE names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError

    def __call__(self) -> dict[str, Any]:
        environment = _environment()
        names = secret_files(self.settings_cls).items()
        return {field: _secret(environment, name) for field, name in names if environment.get(name)}


def _secret(environment: Mapping[str, str], name: str) -> str:
    if environment.get(name.removesuffix("_FILE")):
        raise SettingsError(f"{name}: {name.removesuffix('_FILE')} is set too; set one of them")
    try:
        secret = Path(environment[name]).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    if not secret:
        raise SettingsError(f"{name}: the file is empty")
    return secret
