"""Replicas over one Redis server: one limit for all, one answer to twenty copies of an event, all verdicts in one
place, and no question that fails when Redis does. Everything is real. `make test-topology`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from eval.benchmarks.topology import Topology
from service.api_keys import new_key
from service.doctor_shared_store import shared_store_checks
from service.redis_store import RedisStore
from service.settings import ServiceSettings
from service.slack.seen import Shared
from tests.conftest import SAMPLES
from tests.service.redis_server import RedisServer, eventually, needs_redis

pytestmark = needs_redis
LIMIT = 12
PASSWORD = "hunter2"
UP = {"question": "Who is the mayor?", "answer": "Ida Holm is. [1]", "verdict": "up"}


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis"), password=PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    """Secrets of API keys, and under `entries` what the server is told of them."""
    made = {name: new_key(name, ("read",)) for name in ("limited", "asking")}
    entries = ",".join(key.entry() for _, key in made.values())
    return {name: secret for name, (secret, _) in made.items()} | {"entries": entries}


@pytest.fixture(scope="module")
def topology(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer, keys: dict[str, str]
) -> Iterator[Topology]:
    settings = {
        "DATELINE_SHARED_STORE_URL": redis_server.patient_url(3),
        "DATELINE_API_KEYS": keys["entries"],
        "DATELINE_API_LIMITS": f"{LIMIT}/hour",
    }
    with Topology(tmp_path_factory.mktemp("topology"), balanced=False, settings=settings) as running:
        done = running.dateline("ingest", str(SAMPLES / "aukus.md"))
        assert done.returncode == 0, done.stderr
        yield running


def addresses(topology: Topology) -> list[str]:
    return [part.ready_url.removesuffix("/healthz") for part in topology.replicas]


def bearing(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def shared_stores(topology: Topology) -> set[str]:
    """What the replicas say of their store. Each of them stays ready."""
    replies = [httpx.get(f"{url}/readyz", timeout=30.0) for url in addresses(topology)]
    assert {reply.status_code for reply in replies} == {200}
    return {reply.json()["shared_store"] for reply in replies}


def told(topology: Topology) -> list[dict[str, str]]:
    """What `dateline feedback list` shows on a third machine."""
    done = topology.dateline("feedback", "list", "--json", data_dir="elsewhere")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)["feedback"]
    return found


def test_one_limit_holds_for_all_replicas_at_once(topology: Topology, keys: dict[str, str]) -> None:
    async def statuses() -> list[int]:
        async with httpx.AsyncClient(timeout=60.0, headers=bearing(keys["limited"])) as client:
            asked = [client.get(f"{url}/v1/articles") for url in addresses(topology) for _ in range(LIMIT)]
            return [reply.status_code for reply in await asyncio.gather(*asked)]

    found = asyncio.run(statuses())
    assert (found.count(200), found.count(429)) == (LIMIT, LIMIT)


def test_verdicts_of_all_replicas_are_in_one_place_and_survive_redis(
    topology: Topology, redis_server: RedisServer, keys: dict[str, str]
) -> None:
    headers = bearing(keys["asking"])

    def rated(url: str) -> str:
        reply = httpx.post(f"{url}/v1/feedback", json=UP, headers=headers, timeout=30.0)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    one, other = addresses(topology)
    given = [rated(one), rated(other)]
    assert [kept["id"] for kept in told(topology)] == given
    assert shared_stores(topology) == {"ok"}
    redis_server.kill()
    try:
        given += [rated(other), rated(one)]
        reply = httpx.post(
            f"{one}/v1/ask",
            json={"question": "What did Biden say about AUKUS?"},
            headers=headers,
            timeout=60.0,
        )
        assert reply.status_code == 200
        assert reply.json()["status"] == "answered"
        assert shared_stores(topology) == {"unreachable"}
        done = topology.dateline("feedback", "list", data_dir="elsewhere")
        assert done.returncode == 3
        assert "cannot be reached" in done.stderr
        assert PASSWORD not in done.stderr
    finally:
        redis_server.start()
    eventually(lambda: shared_stores(topology) == {"ok"})
    eventually(lambda: sorted(kept["id"] for kept in told(topology)) == sorted(given))
    forgotten = topology.dateline("feedback", "forget", given[2], data_dir="elsewhere")
    assert forgotten.returncode == 0, forgotten.stderr
    assert given[2] not in [kept["id"] for kept in told(topology)]


def test_a_redis_that_does_not_answer_delays_one_request_and_not_each(
    topology: Topology, redis_server: RedisServer, keys: dict[str, str]
) -> None:
    one, _ = addresses(topology)
    with httpx.Client(headers=bearing(keys["asking"]), timeout=60.0) as client:
        redis_server.stop_answering()
        try:
            for _ in range(8):
                assert client.get(f"{one}/v1/articles").status_code == 200
        finally:
            redis_server.answer_again()
    log = topology.replicas[0].log.read_text("utf-8")
    assert log.count("does not answer in time; until it can be used") == 1
    assert PASSWORD not in log
    eventually(lambda: shared_stores(topology) == {"ok"})


def test_twenty_copies_of_an_event_are_first_once_over_two_replicas(redis_server: RedisServer) -> None:
    with (
        closing(RedisStore(redis_server.patient_url())) as one,
        closing(RedisStore(redis_server.patient_url())) as other,
    ):

        async def firsts(event: str) -> int:
            replicas = [Shared(one), Shared(other)]
            return sum(await asyncio.gather(*(replicas[n % 2].first(event) for n in range(20))))

        event = f"event:{time.time_ns()}"
        assert [asyncio.run(firsts(event)), asyncio.run(firsts(event))] == [1, 0]


def test_the_doctor_says_what_the_server_may_lose(redis_server: RedisServer) -> None:
    from pydantic import SecretStr

    settings = ServiceSettings(shared_store_url=SecretStr(redis_server.patient_url()))
    assert [check.status for check in shared_store_checks(settings)] == ["ok"]
    with closing(RedisStore(redis_server.patient_url())) as store:
        store._client.config_set("appendonly", "no")
        try:
            checks = shared_store_checks(settings)
        finally:
            store._client.config_set("appendonly", "yes")
    assert [check.status for check in checks] == ["ok", "warn"]
    assert PASSWORD not in str(checks)
