"""A real Redis server as what replicas share, and what happens to them when it goes. `make test-topology`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from ingest.errors import DatelineError, UpstreamRefused, UpstreamUnavailable
from service.redis_store import RedisStore
from service.shared_store import SharedStore
from tests.service.redis_server import Interrupted, RedisServer, eventually, needs_redis

pytestmark = needs_redis
NEVER_S = 3600.0


def test_it_is_killed_and_comes_back_with_what_it_kept(tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path, password="hunter2") as server,
        closing(RedisStore(server.patient_url(), try_again_s=0.05)) as store,
    ):
        store.put("installation", b"1")
        store.append("feedback", b"2", 9)
        server.kill()
        with pytest.raises(UpstreamUnavailable):
            store.get("installation")
        server.start()

        def kept() -> bytes | None:
            try:
                return store.get("installation")
            except UpstreamUnavailable:
                return None

        eventually(lambda: kept() == b"1")
        assert store.entries("feedback") == [b"2"]


def test_a_restart_between_two_requests_is_not_noticed(tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path) as server,
        closing(RedisStore(server.patient_url(), try_again_s=NEVER_S)) as store,
    ):
        assert store.count("k", 60).number == 1
        server.kill()
        server.start()
        assert store.count("k", 60).number == 2


def test_a_stopped_server_is_waited_for_once(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, closing(RedisStore(server.url, try_again_s=0.05)) as store:
        assert store.count("k", 60).number == 1
        server.stop_answering()
        failures = [str(_failure(store)) for _ in range(50)]
        assert "tried again" not in failures[0]
        assert all("tried again" in failure for failure in failures[1:])
        server.answer_again()
        eventually(lambda: _failure(store) is None)


def test_a_connection_that_breaks_does_not_make_a_first_event_a_second(tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path) as server,
        Interrupted(server.port, b"dateline:first:event") as between,
        closing(
            RedisStore(f"redis://127.0.0.1:{between.port}?socket_timeout=30", try_again_s=NEVER_S)
        ) as store,
    ):
        assert store.first("event", 60)
        assert between.cuts == 1
        assert not store.first("event", 60)


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with RedisServer(tmp_path, password="right") as server:
        wrong = server.patient_url().replace("right", "hunter2")
        with (
            closing(RedisStore(wrong)) as store,
            pytest.raises(UpstreamRefused, match="password") as caught,
        ):
            store.ping()
        assert "hunter2" not in str(caught.value)
        without = server.patient_url().replace(":right@", "")
        with closing(RedisStore(without)) as store, pytest.raises(UpstreamRefused, match="password"):
            store.ping()


def test_a_full_server_refuses_and_is_used_again_when_there_is_room(tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path) as server,
        closing(RedisStore(server.patient_url(), try_again_s=0.05)) as store,
    ):
        store._client.config_set("maxmemory", "1")
        with pytest.raises(UpstreamRefused):
            store.put("k", b"1")
        store._client.config_set("maxmemory", "0")
        eventually(lambda: _failure(store) is None)


def test_a_socket_and_a_database_of_its_own(tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path) as server,
        closing(RedisStore(f"unix://{server.socket}?db=1")) as one,
        closing(RedisStore(f"redis://127.0.0.1:{server.port}/2")) as other,
    ):
        one.put("k", b"1")
        assert other.get("k") is None
        assert one.get("k") == b"1"
        assert one._client.keys("*") == [b"dateline:kept:k"]


def _failure(store: SharedStore) -> DatelineError | None:
    try:
        store.count("k", 60)
    except DatelineError as error:
        return error
    return None
