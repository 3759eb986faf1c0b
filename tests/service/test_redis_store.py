"""A Redis server that is gone, slow or unwilling: said in our own errors, once in the log, waited for once, and used
again as soon as it can be. Here against closed ports and servers that only pretend; `tests/deploy/test_redis.py` has
the real one."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.errors import DatelineError, UpstreamRefused, UpstreamUnavailable
from service.logging_setup import redacted
from service.redis_store import RedisStore
from service.shared_store import SharedStore, open_shared_store
from tests.service.redis_server import PretendedServer, eventually, free_port

NEVER_S = 3600.0
OPERATIONS: dict[str, Callable[[SharedStore], object]] = {
    "first": lambda store: store.first("k", 60),
    "count": lambda store: store.count("k", 60),
    "counted": lambda store: store.counted("k"),
    "get": lambda store: store.get("k"),
    "put": lambda store: store.put("k", b"1"),
    "remove": lambda store: store.remove("k"),
    "keys": lambda store: store.keys("k"),
    "append": lambda store: store.append("k", b"1", 9),
    "entries": lambda store: store.entries("k"),
    "discard": lambda store: store.discard("k", b"1"),
    "ping": lambda store: store.ping(),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_server_that_is_gone_is_an_error_of_ours_without_the_password(name: str) -> None:
    port = free_port()
    with closing(RedisStore(f"redis://ada:hunter2@127.0.0.1:{port}/3", try_again_s=NEVER_S)) as store:
        for _ in range(2):
            with pytest.raises(
                UpstreamUnavailable, match=f"the shared store at redis://127.0.0.1:{port}/3"
            ) as caught:
                OPERATIONS[name](store)
            assert "hunter2" not in str(caught.value)
            assert "ada" not in str(caught.value)


def test_the_log_has_one_line_however_many_ask_at_once(caplog: pytest.LogCaptureFixture) -> None:
    with closing(RedisStore(f"redis://:hunter2@127.0.0.1:{free_port()}", try_again_s=NEVER_S)) as store:

        def ask() -> None:
            for operation in OPERATIONS.values():
                with pytest.raises(DatelineError):
                    operation(store)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    (record,) = [one for one in caplog.records if one.name == "dateline.shared"]
    assert record.levelno == logging.ERROR
    assert "rate limits and Slack's repeated events are this process's own" in record.getMessage()
    assert "hunter2" not in caplog.text


def test_a_slow_server_is_waited_for_once_and_then_left_alone() -> None:
    with (
        PretendedServer(silent=True) as server,
        closing(RedisStore(server.url, timeout_s=0.05, try_again_s=NEVER_S)) as store,
    ):
        with pytest.raises(UpstreamUnavailable, match="does not answer in time"):
            store.count("k", 60)
        sent = len(server.commands)
        assert sent
        for _ in range(100):
            with pytest.raises(UpstreamUnavailable, match="tried again every 3600 s"):
                store.count("k", 60)
        assert len(server.commands) == sent


def test_it_is_used_again_as_soon_as_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.INFO),
        PretendedServer(silent=True) as server,
        closing(RedisStore(server.url, timeout_s=0.05, try_again_s=0.02)) as store,
    ):
        for _ in range(3):
            with pytest.raises(UpstreamUnavailable):
                store.put("k", b"1")
        server.silent = False

        def usable() -> bool:
            try:
                store.put("k", b"1")
            except UpstreamUnavailable:
                return False
            return True

        eventually(usable)
    said = [record.getMessage() for record in caplog.records if record.name == "dateline.shared"]
    assert len(said) == 2
    assert said[1].endswith("can be used again")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("SET", b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"),
        ("SET", b"-READONLY You can't write against a read only replica.\r\n"),
        ("SET", b"-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to\r\n"),
        ("SET", b"-NOPERM this user has no permissions to run the 'set' command\r\n"),
        ("SET", b"-MOVED 3999 127.0.0.1:6381\r\n"),
        ("AUTH", b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"),
    ],
)
def test_a_server_that_refuses_is_told_apart_and_not_asked_for_every_request(
    command: str, reply: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        PretendedServer({command: reply}) as server,
        closing(RedisStore(server.url, try_again_s=0.01)) as store,
    ):
        with pytest.raises(UpstreamRefused, match=r"the shared store at redis://127\.0\.0\.1") as caught:
            store.put("k", b"1")
        assert "hunter2" not in str(caught.value)
        tried = server.commands.count(command)
        eventually(lambda: server.commands.count(command) > tried + 2)  # and refused again
        with pytest.raises(UpstreamUnavailable):
            store.put("k", b"1")
    assert len([one for one in caplog.records if one.name == "dateline.shared"]) == 1


def test_a_command_that_ends_soon_says_nothing_in_the_log(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    url = SecretStr(f"redis://:hunter2@127.0.0.1:{free_port()}")
    with closing(open_shared_store(url, tmp_path, lasting=False)) as store:
        for operation in OPERATIONS.values():
            with pytest.raises(UpstreamUnavailable, match="cannot be reached"):
                operation(store)
    assert not caplog.records


def test_what_is_no_redis_server_is_an_error_of_ours() -> None:
    with (
        PretendedServer(
            dict.fromkeys(("AUTH", "SET", "CLIENT"), b"HTTP/1.1 400 Bad Request\r\n\r\n")
        ) as server,
        closing(RedisStore(server.url, timeout_s=0.2, try_again_s=NEVER_S)) as store,
        pytest.raises(DatelineError),
    ):
        store.put("k", b"1")


def test_redis_is_not_imported_before_it_is_needed() -> None:
    script = (
        "import sys; from service.shared_store import open_shared_store; from pathlib import Path; "
        "open_shared_store(None, Path('.')); import service.redis_store; assert 'redis' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_log_blots_a_password_out_even_of_a_message_with_the_address() -> None:
    assert "hunter2" not in redacted("redis://:hunter2@host:6379/0 is gone")
