"""What several replicas of Dateline must know in common, as one small interface: how often a caller has asked (rate
limits), which of Slack's events has been dealt with, what readers thought of answers, where the Slack app is installed.

Articles are not among it: they live in Chroma. `service.embedded_store` is the default, for one machine;
`service.redis_store` is for several replicas (`DATELINE_SHARED_STORE_URL`).

Values, lists, firsts and counts live apart: the same key may be used for each, and they do not touch.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import SecretStr


class Count(NamedTuple):
    """How far something has been counted, and for how many seconds more; (0, 0.0) when it has not been."""

    number: int
    left_s: float


NOTHING = Count(0, 0.0)


class SharedStore(Protocol):
    """Synchronous, safe to share between threads. Each operation is atomic, whichever process calls it, and raises
    rather than waits for a server that is slow.

    Every operation may raise:
        UpstreamUnavailable: the store does not answer. After one such failure the others follow at once, until the
            store answers again.
        UpstreamRefused: it answered, and does not do that: a wrong password, a full memory, a replica for reading.
    Who calls decides what goes on without it.
    """

    @property
    def shared(self) -> bool:
        """Whether other machines see what is kept here."""

    @property
    def place(self) -> str:
        """Where it is, for people, without user and password."""

    def first(self, key: str, for_s: float) -> bool:
        """Whether this key comes for the first time in the last `for_s` seconds. Of several calls at once one gets
        True."""

    def count(self, key: str, for_s: float, amount: int = 1) -> Count:
        """Add to a count, whose first addition begins a window of `for_s` seconds, after which it is forgotten."""

    def counted(self, key: str) -> Count:
        """How far it has been counted, without adding."""

    def get(self, key: str) -> bytes | None:
        """The value put there; None when there is none, or its time is over."""

    def put(self, key: str, value: bytes, for_s: float | None = None) -> None:
        """Keep a value in the place of what was there: for good, or for `for_s` seconds. It survives a restart."""

    def remove(self, key: str) -> None:
        """Forget the value; none is no error."""

    def keys(self, prefix: str) -> list[str]:
        """The keys of values that begin so, sorted."""

    def append(self, key: str, value: bytes, most: int) -> None:
        """Add a value at the end of a list, of which the last `most` are kept. It survives a restart."""

    def entries(self, key: str) -> list[bytes]:
        """The list, oldest first; empty when there is none."""

    def discard(self, key: str, value: bytes) -> bool:
        """Take a value out of the list, wherever it stands. Whether it was there."""

    def ping(self) -> None:
        """Return when it can be read and written."""

    def close(self) -> None:
        """Let go of it. What was kept stays."""


def open_shared_store(url: SecretStr | None, data_dir: Path, *, lasting: bool = True) -> SharedStore:
    """The store that `DATELINE_SHARED_STORE_URL` names; without one, the embedded one in `data_dir`. Nothing is
    connected to and nothing written until it is used, so it opens whether or not the server runs. One that is not
    `lasting` is for a command that ends soon: it says nothing in the log, and does not try again by itself.

    Raises:
        SettingsError: the URL is none, or the package `redis` is missing.
    """
    written = "" if url is None else url.get_secret_value().strip()
    if not written:
        from service.embedded_store import EmbeddedStore

        return EmbeddedStore(data_dir)
    from service.redis_store import RedisStore

    return RedisStore(written, lasting=lasting)
