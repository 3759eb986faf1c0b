"""The shared store of several replicas: a Redis server (or Valkey, which speaks the same), as one node or behind one
address; not Redis Cluster.

Everything lies under `dateline:`; two installations of Dateline on one server take two databases (`redis://host/0`,
`redis://host/1`). A server that is gone or slow costs one wait of `TIMEOUT_S`: see `service.reachability`.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.errors import DatelineError, SettingsError, UpstreamRefused, UpstreamUnavailable
from service.reachability import Reachability
from service.shared_store import Count

if TYPE_CHECKING:
    from redis import Redis

SCHEMES = ("redis", "rediss", "unix")
NAMESPACE = "dateline"
TIMEOUT_S = 0.5
"""To connect, and for each reply; `?socket_timeout=2` in the URL says otherwise."""
TRY_AGAIN_S = 2.0
PING_FOR_S = 60
MEANWHILE = "rate limits and Slack's repeated events are this process's own, and verdicts wait"

_COUNT = """
local number = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    left = tonumber(ARGV[2])
    redis.call('PEXPIRE', KEYS[1], left)
end
return {number, left}
"""


class RedisStore:
    """`SharedStore` over a Redis server."""

    shared = True

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = TIMEOUT_S,
        try_again_s: float = TRY_AGAIN_S,
        lasting: bool = True,
    ) -> None:
        """Nothing is connected to yet. `lasting` is as in `open_shared_store`.

        Raises:
            SettingsError: the URL is none, or the package `redis` is missing.
        """
        self.place = shown_url(url)
        self._client = _client(url, timeout_s)
        self._count = self._client.register_script(_COUNT)
        self._lasting = lasting
        self._named = f"the shared store at {self.place}"
        self._reachability = Reachability(
            self._try, every_s=try_again_s, named=self._named, meanwhile=MEANWHILE
        )

    def first(self, key: str, for_s: float) -> bool:
        """As in `SharedStore`. A connection that breaks after the server has done it is no reason to say no."""
        mine = secrets.token_bytes(8)
        name = _name("first", key)
        with self._asking():
            if self._client.set(name, mine, nx=True, px=_ms(for_s)):
                return True
            return self._client.get(name) == mine

    def count(self, key: str, for_s: float, amount: int = 1) -> Count:
        """As in `SharedStore`."""
        with self._asking():
            number, left_ms = self._count(keys=[_name("count", key)], args=[amount, _ms(for_s)])
            return Count(int(number), int(left_ms) / 1000)

    def counted(self, key: str) -> Count:
        """As in `SharedStore`."""
        name = _name("count", key)
        with self._asking():
            both = self._client.pipeline()
            both.get(name)
            both.pttl(name)
            number, left_ms = both.execute()
            return Count(int(number or 0), max(0, left_ms) / 1000)

    def get(self, key: str) -> bytes | None:
        """As in `SharedStore`."""
        with self._asking():
            found: bytes | None = self._client.get(_name("kept", key))  # type: ignore[assignment]
            return found

    def put(self, key: str, value: bytes, for_s: float | None = None) -> None:
        """As in `SharedStore`."""
        with self._asking():
            self._client.set(_name("kept", key), value, px=None if for_s is None else _ms(for_s))

    def remove(self, key: str) -> None:
        """As in `SharedStore`."""
        with self._asking():
            self._client.delete(_name("kept", key))

    def keys(self, prefix: str) -> list[str]:
        """As in `SharedStore`. Looks at every key of the database: for few calls."""
        begin = _name("kept", "")
        pattern = begin + "".join(f"\\{sign}" if sign in "*?[]\\" else sign for sign in prefix) + "*"
        with self._asking():
            found = {name.decode() for name in self._client.scan_iter(match=pattern, count=1000)}
            return sorted(name.removeprefix(begin) for name in found)

    def append(self, key: str, value: bytes, most: int) -> None:
        """As in `SharedStore`."""
        name = _name("list", key)
        with self._asking():
            both = self._client.pipeline()
            both.rpush(name, value)
            both.ltrim(name, -most, -1)
            both.execute()

    def entries(self, key: str) -> list[bytes]:
        """As in `SharedStore`."""
        with self._asking():
            found: list[bytes] = self._client.lrange(_name("list", key), 0, -1)  # type: ignore[assignment]
            return found

    def discard(self, key: str, value: bytes) -> bool:
        """As in `SharedStore`."""
        with self._asking():
            return bool(self._client.lrem(_name("list", key), 0, value))  # type: ignore[arg-type]

    def ping(self) -> None:
        """As in `SharedStore`: writes a key, since a server that only reads, or is full, is of no use."""
        self._reachability.check()
        try:
            self._try()
        except DatelineError as error:
            self._leave_alone(error)
            raise

    def configured(self, name: str) -> str:
        """What the server is configured with (`CONFIG GET name`); empty where it knows no such thing.

        Raises:
            UpstreamUnavailable: it does not answer.
            UpstreamRefused: it does not say, as hosted servers do.
        """
        with _translated(self._named):
            found: dict[str, str] = self._client.config_get(name)  # type: ignore[assignment]
            return found.get(name, "")

    def close(self) -> None:
        """As in `SharedStore`."""
        self._reachability.close()
        self._client.close()

    def _leave_alone(self, error: DatelineError) -> None:
        if self._lasting:
            self._reachability.lost(error)

    def _try(self) -> None:
        with _translated(self._named):
            self._client.set(f"{NAMESPACE}:ping", b"1", ex=PING_FOR_S)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        self._reachability.check()
        try:
            with _translated(self._named):
                yield
        except DatelineError as error:
            self._leave_alone(error)
            raise


def shown_url(url: str) -> str:
    """The URL as it may be shown: without user, password and options.

    Raises:
        SettingsError: it is no URL of a Redis server. The message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise SettingsError(f"{_NOT_A_URL}: its port cannot be read") from None
    if parts.scheme not in SCHEMES:
        raise SettingsError(f"{_NOT_A_URL}: it begins with none of redis://, rediss:// and unix://")
    host = parts.hostname or ""
    if parts.scheme == "unix":
        host, port = "", ""
    if not host and (parts.scheme != "unix" or not parts.path.strip("/")):
        raise SettingsError(f"{_NOT_A_URL}: it names no host, or no socket")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}"


_NOT_A_URL = (
    "DATELINE_SHARED_STORE_URL is not the address of a Redis server, such as redis://:PASSWORD@host:6379/0"
)


def _client(url: str, timeout_s: float) -> Redis:
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise SettingsError(
            "DATELINE_SHARED_STORE_URL is set, and the package redis is not installed: pip install redis"
        ) from error
    # A pooled connection that the server has closed is made anew once; a server that is slow is not asked twice.
    again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=again,
            protocol=2,  # older servers, and all that speak like them
            client_name=NAMESPACE,
        )
        pool = client.connection_pool
        pool.connection_class(
            **pool.connection_kwargs
        )  # connects to nothing; it is here that options are understood
    except (ValueError, TypeError, redis.RedisError):
        raise SettingsError(f"{_NOT_A_URL}: its options cannot be read") from None
    return client


def _name(kind: str, key: str) -> str:
    return f"{NAMESPACE}:{kind}:{key}"


def _ms(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


@contextmanager
def _translated(named: str) -> Iterator[None]:
    """Redis's errors as ours, without what was sent."""
    import redis

    try:
        yield
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
        raise UpstreamRefused(f"{named} refuses the user or the password ({error})") from error
    except redis.TimeoutError as error:
        raise UpstreamUnavailable(f"{named} does not answer in time") from error
    except redis.ConnectionError as error:
        raise UpstreamUnavailable(f"{named} cannot be reached ({error})") from error
    except redis.ResponseError as error:
        raise UpstreamRefused(f"{named} refuses ({error})") from error
    except redis.RedisError as error:
        raise UpstreamUnavailable(f"{named} cannot be used ({type(error).__name__})") from error
