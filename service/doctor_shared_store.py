"""What the doctor asks of the store that replicas share: whether it can be used, and whether it keeps what it is
given.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from ingest.errors import DatelineError, SettingsError, UpstreamRefused
from service.diagnosis import Check
from service.shared_store import open_shared_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.settings import ServiceSettings
    from service.shared_store import SharedStore

NAME = "redis"
MEANWHILE = "meanwhile each replica counts requests and remembers Slack's events by itself, and verdicts wait"
SETTING = "DATELINE_SHARED_STORE_URL"
KEEPING = ("maxmemory", "maxmemory-policy", "appendonly", "save")


def shared_store_checks(settings: ServiceSettings) -> list[Check]:
    """About the server that `DATELINE_SHARED_STORE_URL` names; nothing where it names none. No password is shown."""
    try:
        store = open_shared_store(settings.shared_store_url, settings.data_dir, lasting=False)
    except SettingsError as error:
        return [Check(NAME, "fail", str(error), f"correct {SETTING}: docs/scaling.md")]
    if not store.shared:
        return []
    with closing(store):
        began_s = time.perf_counter()
        try:
            store.ping()
        except UpstreamRefused as error:
            remedy = f"correct {SETTING}, or give the server room and a primary that can be written"
            return [Check(NAME, "fail", f"{error}; {MEANWHILE}", remedy)]
        except DatelineError as error:
            return [
                Check(NAME, "warn", f"{error}; {MEANWHILE}", f"start the Redis server, or correct {SETTING}")
            ]
        took_ms = (time.perf_counter() - began_s) * 1000
        return [
            Check(NAME, "ok", f"{store.place} can be read and written ({took_ms:.0f} ms)"),
            *_keeping_checks(store),
        ]


def _keeping_checks(store: SharedStore) -> list[Check]:
    from service.redis_store import RedisStore

    if not isinstance(store, RedisStore):
        return []
    try:
        configured = {name: store.configured(name) for name in KEEPING}
    except DatelineError:
        return []  # a hosted server does not say
    return keeping_checks(configured)


def keeping_checks(configured: Mapping[str, str]) -> list[Check]:
    """Whether verdicts and installations outlive a full memory and a restart, by how the server is configured."""
    found = []
    policy = configured["maxmemory-policy"]
    if policy.startswith("allkeys") and configured["maxmemory"] != "0":
        found.append(
            Check(
                NAME,
                "warn",
                f"a full server throws away whatever it likes ({policy}), verdicts and installations too",
                "redis-cli CONFIG SET maxmemory-policy volatile-ttl, and the same in redis.conf",
            )
        )
    if configured["appendonly"] == "no" and not configured["save"]:
        found.append(
            Check(
                NAME,
                "warn",
                "the server writes nothing to disk: a restart loses verdicts and installations",
                "redis-cli CONFIG SET appendonly yes, and the same in redis.conf",
            )
        )
    return found
