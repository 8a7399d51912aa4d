"""How to connect: standalone, Sentinel and Cluster differ here and nowhere else."""

from typing import Any, Final

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from ..settings import Settings
from .acknowledgement import Acknowledgement, Level
from .exchange import RedisClient
from .promotable import OfCluster, OfPrimary, OfSentinels, Promotable

_NEVER: Final = 0
"""After how many MOVED redis-py closes all connections, with the calls in flight, to learn all slots anew; each MOVED teaches one."""


def connect(settings: Settings, url: str | None = None) -> RedisClient:
    """Returns a client of the store that *settings* name, or of the one at *url*. It connects when it is first used.

    redis-py's own retries are off: only the caller knows whether a command may be repeated.
    """
    if settings.redis_sentinels:
        return _behind_sentinels(settings)
    url = url or (settings.redis_url.get_secret_value() if settings.redis_url else "")
    if settings.redis_cluster:
        return RedisCluster.from_url(url, reinitialize_steps=_NEVER, **_options(settings, tls=url.startswith("rediss:")))
    return Redis.from_url(url, **_options(settings, tls=url.startswith("rediss:")))


async def close(client: RedisClient) -> None:
    """Close *client*, and the connections to the Sentinels, which redis-py leaves open."""
    await client.aclose()
    for sentinel in _sentinels_of(client):
        await sentinel.aclose()


def acknowledgement(settings: Settings, client: RedisClient) -> Acknowledgement:
    """Returns what a write through *client* must have come to, to count as kept."""
    level = Level(settings.acknowledge) if settings.acknowledge != "auto" else Level.LOCAL if settings.embedded else Level.REPLICATED
    return Acknowledgement(level, _promotable(settings, client), settings.replicas)


def _promotable(settings: Settings, client: RedisClient) -> Promotable:
    if isinstance(client, RedisCluster):
        return OfCluster(client)
    if settings.redis_sentinels:
        return OfSentinels(_sentinels_of(client), settings.redis_sentinel_master)
    return OfPrimary(client)


def _sentinels_of(client: RedisClient) -> tuple[Redis, ...]:
    manager = getattr(getattr(client, "connection_pool", None), "sentinel_manager", None)
    return tuple(manager.sentinels) if manager else ()


def _behind_sentinels(settings: Settings) -> Redis:
    tls = settings.redis_tls_ca_file is not None
    sentinel_options = _without_none(username=settings.redis_sentinel_username, password=_plain(settings.redis_sentinel_password))
    sentinels = Sentinel(  # type: ignore[no-untyped-call] # redis-py has no types here
        [(address.host, address.port) for address in settings.redis_sentinels],
        sentinel_kwargs={**_socket_options(), **sentinel_options, **(_tls_options(settings, ssl=True) if tls else {})},
        **_options(settings, tls=tls),
        **({"ssl": True} if tls else {}),
    )
    primary: Redis = sentinels.master_for(settings.redis_sentinel_master)
    return primary


def _options(settings: Settings, *, tls: bool) -> dict[str, Any]:
    return {
        **_socket_options(),
        **_without_none(username=settings.redis_username, password=_plain(settings.redis_password)),
        **(_tls_options(settings) if tls else {}),
        "max_connections": settings.redis_max_connections,
    }


def _socket_options() -> dict[str, Any]:
    """Returns no timeout: redis-py would send under asyncio.wait_for, which before Python 3.12 may swallow a cancellation (gh-81839)."""
    return {"protocol": 2, "retry": Retry(NoBackoff(), 0), "socket_timeout": None}


def _tls_options(settings: Settings, **more: Any) -> dict[str, Any]:
    files = {
        "ssl_ca_certs": settings.redis_tls_ca_file,
        "ssl_certfile": settings.redis_tls_cert_file,
        "ssl_keyfile": settings.redis_tls_key_file,
    }
    return {**more, **{name: str(path) for name, path in files.items() if path is not None}}


def _plain(secret: Any) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _without_none(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
