"""The one contract of what replicas share, over both implementations: embedded, and a real Redis server."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from ingest.errors import SettingsError, UpstreamUnavailable
from service.embedded_store import FILE, EmbeddedStore
from service.expiring_counts import ExpiringCounts
from service.redis_store import RedisStore
from service.shared_store import NOTHING, SharedStore, open_shared_store
from tests.service.redis_server import RedisServer, eventually, needs_redis

Opening = Callable[[], SharedStore]


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for the module; its keys are those of the test that runs."""
    with RedisServer(tmp_path_factory.mktemp("redis"), password="p@ss/word#1") as running:
        yield running


@pytest.fixture(params=["embedded", pytest.param("redis", marks=needs_redis)])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opening]:
    """Opens the same store each time, as replicas would (embedded: as processes of one machine would)."""
    opened: list[SharedStore] = []
    if request.param == "redis":
        server = request.getfixturevalue("redis_server")
        with closing(RedisStore(server.patient_url())) as emptied:
            emptied._client.flushall()

    def again() -> SharedStore:
        url = SecretStr(server.patient_url()) if request.param == "redis" else None
        opened.append(open_shared_store(url, tmp_path))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(opening: Opening) -> SharedStore:
    """One of them."""
    return opening()


def test_a_key_comes_first_once(store: SharedStore) -> None:
    assert store.first("event:1", 60)
    assert not store.first("event:1", 60)
    assert store.first("event:2", 60)


def test_a_key_that_was_long_ago_comes_first_again(store: SharedStore) -> None:
    assert store.first("event:1", 0.05)
    eventually(lambda: store.first("event:1", 60))
    assert not store.first("event:1", 60)


def test_of_many_at_once_one_comes_first(store: SharedStore) -> None:
    firsts: list[bool] = []
    together = threading.Barrier(20)

    def ask() -> None:
        together.wait()
        firsts.append(store.first("event:1", 60))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(firsts) == [False] * 19 + [True]


def test_a_count_goes_on_until_its_window_ends(store: SharedStore) -> None:
    assert store.counted("a") == NOTHING
    assert [store.count("a", 60).number for _ in range(3)] == [1, 2, 3]
    assert store.count("a", 3600, amount=4).number == 7
    number, left_s = store.counted("a")
    assert number == 7
    assert 0 < left_s <= 60  # the first began the window
    assert store.counted("b") == NOTHING
    store.count("c", 0.05)
    eventually(lambda: store.counted("c") == NOTHING)
    assert store.count("c", 60).number == 1


def test_counting_at_once_loses_nothing(store: SharedStore) -> None:
    numbers: list[int] = []

    def count() -> None:
        for _ in range(25):
            numbers.append(store.count("a", 60).number)  # noqa: PERF401

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 201))


def test_values_are_kept_replaced_and_removed(store: SharedStore) -> None:
    assert store.get("a") is None
    store.put("a", b"\x00one\xff")
    assert store.get("a") == b"\x00one\xff"
    store.put("a", b"")
    assert store.get("a") == b""
    store.remove("a")
    store.remove("a")
    assert store.get("a") is None


def test_a_value_may_end_and_may_be_kept_for_good_after_all(store: SharedStore) -> None:
    store.put("ends", b"1", for_s=0.05)
    store.put("kept", b"1", for_s=0.05)
    store.put("kept", b"2")
    eventually(lambda: store.get("ends") is None)
    assert store.keys("") == ["kept"]
    assert store.get("kept") == b"2"


def test_keys_are_found_by_their_beginning_and_nothing_in_it_is_special(store: SharedStore) -> None:
    every = [
        "a",
        "slack/T1",
        "slack/T2",
        "slack*",
        "slack?",
        "[sl]",
        "s%",
        "s_",
        "\\s",
        "Slack/T3",
        "slack/é€😀",
    ]
    for key in every:
        store.put(key, b"1")
    for prefix in [*every, "slack", "s", "", "none", "[", "*"]:
        assert store.keys(prefix) == sorted(key for key in every if key.startswith(prefix)), prefix


def test_a_list_keeps_its_order_and_its_last(store: SharedStore) -> None:
    assert store.entries("l") == []
    for number in range(5):
        store.append("l", f"{number}".encode(), most=3)
    assert store.entries("l") == [b"2", b"3", b"4"]
    store.append("l", b"3", most=4)
    assert store.discard("l", b"3")
    assert not store.discard("l", b"3")
    assert not store.discard("none", b"3")
    assert store.entries("l") == [b"2", b"4"]


def test_kinds_of_things_do_not_touch(store: SharedStore) -> None:
    store.put("k", b"1")
    store.append("k", b"2", most=9)
    assert store.first("k", 60)
    assert store.count("k", 60).number == 1
    assert store.keys("") == ["k"]
    store.remove("k")
    assert store.entries("k") == [b"2"]
    assert not store.first("k", 60)
    assert store.counted("k").number == 1


def test_what_one_keeps_another_finds_and_a_restart_does_not_lose(opening: Opening) -> None:
    one, other = opening(), opening()
    one.put("a", b"1")
    one.append("l", b"1", most=9)
    other.append("l", b"2", most=9)
    one.close()
    assert other.get("a") == b"1"
    again = opening()
    assert (again.get("a"), again.entries("l")) == (b"1", [b"1", b"2"])


def test_lists_that_are_written_at_once_lose_nothing(opening: Opening) -> None:
    stores = [opening() for _ in range(4)]

    def write(number: int) -> None:
        for n in range(10):
            stores[number].append("l", f"{number}-{n}".encode(), most=100)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(stores[0].entries("l"))) == 40


def test_it_can_be_used(store: SharedStore) -> None:
    store.ping()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.binary(max_size=200))
def test_any_key_takes_any_value(store: SharedStore, key: str, value: bytes) -> None:
    try:
        key.encode()
    except UnicodeEncodeError:  # lone surrogates
        return
    store.put(key, value)
    assert store.get(key) == value
    assert key in store.keys(key)
    store.remove(key)


@pytest.mark.parametrize("opening", [pytest.param("redis", marks=needs_redis)], indirect=True)
def test_replicas_share_firsts_and_counts(opening: Opening) -> None:
    one, other = opening(), opening()
    assert one.shared
    assert one.first("event:1", 60)
    assert not other.first("event:1", 60)
    assert one.count("a", 60).number == 1
    assert other.count("a", 60).number == 2


def test_the_embedded_one_is_not_shared_and_makes_no_file_before_it_keeps_something(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "data")
    assert not store.shared
    assert store.first("a", 60)
    store.count("a", 60)
    store.remove("a")
    assert (store.get("a"), store.keys(""), store.entries("a")) == (None, [], [])
    store.ping()
    assert not (tmp_path / "data").exists()
    store.put("a", b"1")
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600
    assert store.place == str(tmp_path / "data" / FILE)


def test_what_is_removed_from_the_embedded_one_is_not_in_its_file(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.put("a", b"a secret " * 50)
    store.append("l", b"another secret " * 50, most=3)
    assert b"secret" in (tmp_path / FILE).read_bytes()
    store.remove("a")
    store.discard("l", b"another secret " * 50)
    assert b"secret" not in (tmp_path / FILE).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_damaged_file_or_a_folder_in_the_way_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database" * 100)
    store = EmbeddedStore(tmp_path)
    with pytest.raises(UpstreamUnavailable, match=FILE):
        store.get("a")
    with pytest.raises(UpstreamUnavailable, match=FILE):
        store.put("a", b"1")
    with pytest.raises(UpstreamUnavailable, match=FILE):
        store.ping()
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UpstreamUnavailable, match="could not be used"):
        EmbeddedStore(tmp_path / "file").put("a", b"1")


def test_counts_do_not_outgrow_their_bound_and_those_used_last_are_kept() -> None:
    clock = [0.0]
    counts = ExpiringCounts(100, lambda: clock[0])
    for number in range(1000):
        counts.count(f"visitor-{number}", 60)
    assert counts.counted("visitor-999").number == 1
    assert counts.counted("visitor-0") == NOTHING
    clock[0] = 60.0
    assert counts.counted("visitor-999") == NOTHING
    assert counts.clear() <= 100


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://:hunter2@host:6380/1", "redis://host:6380/1"),
        ("rediss://ada:hunter2@host?ssl_ca_certs=/hunter2", "rediss://host"),
        ("redis://:hunter2@[::1]:6379/0", "redis://[::1]:6379/0"),
        ("unix://ada@/run/redis.sock?db=1&password=hunter2", "unix:///run/redis.sock"),
    ],
)
def test_its_place_is_told_without_the_password(url: str, place: str, tmp_path: Path) -> None:
    with closing(open_shared_store(SecretStr(f"  {url} "), tmp_path)) as store:
        assert store.place == place


@pytest.mark.parametrize(
    "url",
    [
        "http://:hunter2@host",
        "hunter2",
        "redis://",
        "redis://:hunter2@",
        "unix://",
        "redis://host:hunter2/0",
        "redis://host/0?socket_timeout=hunter2",
        "redis://host/0?hunter2=1",
        "redis://host/0?protocol=7",
        "redis://[hunter2",
    ],
)
def test_what_is_no_address_is_said_and_not_repeated(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATELINE_SHARED_STORE_URL") as caught:
        open_shared_store(SecretStr(url), tmp_path)
    assert "hunter2" not in str(caught.value)


def test_no_address_is_the_embedded_one(tmp_path: Path) -> None:
    for url in (None, SecretStr(""), SecretStr("  ")):
        assert isinstance(open_shared_store(url, tmp_path), EmbeddedStore)
