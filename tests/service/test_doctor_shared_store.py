"""What the doctor says of the store that replicas share, and that it shows no password."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from service.diagnosis import Check, setting_lines
from service.doctor_network import network_checks
from service.doctor_shared_store import keeping_checks, shared_store_checks
from service.settings import ServiceSettings
from tests.service.redis_server import PretendedServer, free_port

KEEPS = {"maxmemory": "0", "maxmemory-policy": "noeviction", "appendonly": "yes", "save": ""}


def checked(url: str) -> list[Check]:
    """The checks, none of which tells the password."""
    settings = ServiceSettings(shared_store_url=SecretStr(url))
    found = network_checks(settings)
    told = [*map(str, found), *map(str, setting_lines(settings, False)), repr(settings)]
    assert "hunter2" not in "".join(told)
    assert [check for check in found if check.name != "redis"] == []
    return found


def test_nothing_is_said_where_nothing_is_shared() -> None:
    assert shared_store_checks(ServiceSettings()) == []


def test_one_that_can_be_used_is_told_of() -> None:
    with PretendedServer({"CONFIG": b"-NOPERM no\r\n"}) as server:
        (check,) = checked(server.url)
    assert check.status == "ok"
    assert server.url.replace(":hunter2@", "") in check.found


def test_one_that_is_gone_is_a_warning_with_what_goes_on_and_what_to_do() -> None:
    (check,) = checked(f"redis://:hunter2@127.0.0.1:{free_port()}/0")
    assert check.status == "warn"
    assert "meanwhile each replica counts requests" in check.found
    assert "start the Redis server" in (check.remedy or "")


@pytest.mark.parametrize("reply", [b"-WRONGPASS invalid username-password pair\r\n", b"-NOAUTH required\r\n"])
def test_one_that_refuses_is_a_failure(reply: bytes) -> None:
    with PretendedServer({"AUTH": reply}) as server:
        (check,) = checked(server.url)
    assert check.status == "fail"
    assert "DATELINE_SHARED_STORE_URL" in (check.remedy or "")


def test_what_is_no_address_is_a_failure() -> None:
    (check,) = checked("https://:hunter2@host")
    assert check.status == "fail"


def test_a_server_that_may_lose_what_it_is_given_is_a_warning() -> None:
    assert keeping_checks(KEEPS) == []
    assert keeping_checks(KEEPS | {"maxmemory-policy": "allkeys-lru"}) == []  # without a bound
    assert keeping_checks(KEEPS | {"maxmemory": "1000", "maxmemory-policy": "volatile-ttl"}) == []
    assert keeping_checks(KEEPS | {"appendonly": "no", "save": "3600 1"}) == []
    (full,) = keeping_checks(KEEPS | {"maxmemory": "1000", "maxmemory-policy": "allkeys-lru"})
    (gone,) = keeping_checks(KEEPS | {"appendonly": "no"})
    assert (full.status, gone.status) == ("warn", "warn")
    assert "maxmemory-policy" in (full.remedy or "")
    assert "appendonly" in (gone.remedy or "")
