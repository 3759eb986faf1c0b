"""How much a caller may send, who counts as one caller, and what every response carries."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from limits import parse
from limits.strategies import FixedWindowRateLimiter

from ingest.errors import SettingsError, UpstreamUnavailable
from service.api.access.addresses import TrustedProxies
from service.api.access.counters import Counters
from service.api.access.limits import NAMESPACE, AccessLimits
from service.embedded_store import EmbeddedStore
from service.redis_store import RedisStore
from service.shared_store import Count
from tests.service.api.access_samples import ASK, NEWS, Clock, Site, from_page, limits_with, slug_of, token_of
from tests.service.api.fakes import harbour
from tests.service.redis_server import free_port


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A caller of a server that the tests which take it leave as it is."""
    return Site().client()


def test_a_visitor_has_so_many_questions_and_is_told_when_there_are_more() -> None:
    client = Site(limits={"visitor": "2/minute"}).client()
    one, other = token_of(client), token_of(client)
    for _ in range(2):
        assert client.post("/v1/ask", json=ASK, headers=from_page(NEWS, one)).status_code == 200
    reply = client.post("/v1/ask", json=ASK, headers=from_page(NEWS, one))
    assert (reply.status_code, slug_of(reply)) == (429, "rate-limited")
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert reply.headers["access-control-allow-origin"] == NEWS
    assert client.post("/v1/ask", json=ASK, headers=from_page(NEWS, other)).status_code == 200
    assert client.get("/v1/suggestions", headers=from_page(NEWS, one)).status_code == 200


def test_an_address_begins_so_many_sessions() -> None:
    site = Site(limits={"sessions": "2/minute"})
    client = site.client()
    token_of(client)
    token_of(client)
    reply = client.post("/v1/widget/session", json={}, headers=from_page(NEWS))
    assert reply.status_code == 429
    assert int(reply.headers["retry-after"]) >= 1


def test_a_key_has_its_own_count_wherever_it_comes_from() -> None:
    site = Site(keys={"one": ("read",), "two": ("read",)}, limits={"api": "2/minute", "address": "1/day"})
    client = site.client()
    for name in ("one", "two"):
        headers = {"Authorization": f"Bearer {site.secrets[name]}"}
        assert [client.post("/v1/ask", json=ASK, headers=headers).status_code for _ in range(3)] == [
            200,
            200,
            429,
        ]


def test_guessing_keys_is_counted_for_the_address() -> None:
    client = Site(keys={"one": ("read",)}, limits={"address": "3/minute"}).client()
    replies = [client.get("/v1/articles", headers={"Authorization": f"Bearer guess-{n}"}) for n in range(5)]
    assert [reply.status_code for reply in replies] == [401, 401, 401, 429, 429]


def test_programs_on_this_machine_are_not_counted_without_keys_and_others_are() -> None:
    site = Site(limits={"address": "2/minute"})
    local = site.client("127.0.0.1", "http://127.0.0.1:8765")
    assert {local.post("/v1/ask", json=ASK).status_code for _ in range(5)} == {200}
    elsewhere = site.client("192.0.2.7")
    assert [elsewhere.get("/").status_code for _ in range(3)] == [200, 200, 429]
    assert [elsewhere.get("/healthz").status_code for _ in range(3)] == [200, 200, 200]


def test_openais_clients_are_told_in_their_way() -> None:
    client = Site(limits={"address": "1/minute"}).client()
    client.get("/v1/models")
    reply = client.get("/v1/models")
    assert reply.status_code == 429
    assert reply.json()["error"]["code"] == "rate_limit_exceeded"
    assert "x-should-retry" not in reply.headers
    assert reply.headers["retry-after"]


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ("", "10.0.0.1", "192.0.2.9", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("10.0.0.0/8", "192.0.2.1", "192.0.2.9", "192.0.2.1"),
        ("10.0.0.0/8", "10.0.0.1", "1.2.3.4, 192.0.2.9", "192.0.2.9"),
        ("10.0.0.0/8", "10.0.0.1", "1.2.3.4, 192.0.2.9, 10.0.0.2", "192.0.2.9"),
        ("10.0.0.0/8", "10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "1.2.3.4, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", ",,,", "10.0.0.1"),
        ("::1", "::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "::ffff:127.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("", "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("", "testclient", "", "unknown"),
    ],
)
def test_whose_address_it_is(proxies: str, peer: str, forwarded: str, client: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert TrustedProxies.parsed(proxies).client(scope) == client


def test_a_long_chain_is_not_followed_for_ever() -> None:
    chain = ", ".join(["192.0.2.9"] + ["10.0.0.1"] * 10_000)
    scope = {"type": "http", "client": ("10.0.0.1", 1), "headers": [(b"x-forwarded-for", chain.encode())]}
    assert TrustedProxies.parsed("10.0.0.0/8").client(scope) == "10.0.0.1"


def test_a_proxy_that_is_not_named_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    limited = Site(limits={"address": "2/minute"})
    behind = limited.client("10.0.0.1")
    statuses = [behind.get("/", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(3)]
    assert statuses == [200, 200, 429]
    assert caplog.text.count("DATELINE_TRUSTED_PROXIES") == 1
    named = Site(limits={"address": "2/minute"}, proxies="10.0.0.1").client("10.0.0.1")
    statuses = [named.get("/", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(3)]
    assert statuses == [200, 200, 200]
    assert caplog.text.count("DATELINE_TRUSTED_PROXIES") == 1


def test_only_a_trusted_proxy_says_that_it_was_https() -> None:
    headers = {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}
    body = {"model": "dateline", "messages": [{"role": "user", "content": "When?"}]}
    for proxies, scheme in (("10.0.0.1", "https"), ("", "http")):
        client = Site(proxies=proxies).client("10.0.0.1")
        reply = client.post("/v1/chat/completions", json=body, headers=headers).json()
        assert reply["choices"][0]["message"]["citations"][0]["url"].startswith(
            f"{scheme}://dateline.example/"
        )


@pytest.mark.parametrize("written", ["10.0.0.300", "10.0.0.1/8", "proxy.example", "10.0.0.1 10.0.0.2"])
def test_what_is_no_address_is_said(written: str) -> None:
    with pytest.raises(SettingsError, match="DATELINE_TRUSTED_PROXIES"):
        TrustedProxies.parsed(written)


@pytest.mark.parametrize(
    "written", ["", "fast", "20", "20/fortnight", "0/minute", "-1/minute", "20/minute;", "none;1/day"]
)
def test_what_is_no_limit_is_said(written: str) -> None:
    with pytest.raises(SettingsError, match="DATELINE_VISITOR_LIMITS"):
        limits_with({"visitor": written})


def test_windows_end_and_a_refusal_costs_nothing() -> None:
    clock = Clock()
    limits = limits_with({"api": "2/minute;3/hour"}, storage=Counters(now=clock), now=clock)
    assert [limits.api.take("a") for _ in range(4)] == [None, None, 60, 60]
    assert limits.api.take("b") is None
    clock.seconds += 30
    assert limits.api.take("a") == 30
    clock.seconds += 30
    assert limits.api.take("a") is None
    assert limits.api.take("a") == 3540


def test_memory_is_bounded_and_those_used_last_are_kept() -> None:
    clock = Clock()
    counters = Counters(most=100, now=clock)
    for number in range(1000):
        counters.incr(f"visitor-{number}", 60)
    assert counters.get("visitor-999") == 1
    assert counters.get("visitor-0") == 0
    assert counters.reset() <= 100


def test_a_store_that_fails_limits_nobody_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Counters):
        def get(self, key: str) -> int:
            raise ConnectionError("redis://user:secret@store")

    limits = limits_with({"api": "1/minute"}, storage=Broken())
    with caplog.at_level(logging.ERROR):
        assert limits.api.take("a") is None
    assert "not counted" in caplog.text
    assert "secret" not in caplog.text


class Common(EmbeddedStore):
    """One store that replicas share, as far as they are in one process."""

    shared = True


def limits_key(rule: str, kind: str, who: str) -> str:
    """Under which a limit counts in the store."""
    item = parse(rule)
    named = type(item)(item.amount, item.multiples, NAMESPACE)
    return f"limits:{named.key_for(kind, who)}"


@pytest.mark.parametrize("kind", ["api", "visitor", "address", "sessions"])
def test_replicas_share_every_kind_of_limit(kind: str, tmp_path: Path) -> None:
    store = Common(tmp_path)
    one, other = (limits_with({kind: "3/minute;100/day"}, store=store) for _ in range(2))
    first, second = getattr(one, kind), getattr(other, kind)
    assert [first.take("a"), second.take("a"), first.take("a")] == [None, None, None]
    assert all(1 <= limit.take("a") <= 60 for limit in (first, second))
    assert second.take("b") is None
    a_day = store.counted(limits_key("100/day", kind, "a"))
    assert a_day.number == 3  # what is refused costs nothing


def test_a_visitor_is_refused_by_whichever_replica(tmp_path: Path) -> None:
    store = Common(tmp_path)
    site = Site(limits={"visitor": "3/minute"}, store=store)
    one, other = site.client(), site.client()
    token = token_of(one)
    statuses = [
        client.post("/v1/ask", json=ASK, headers=from_page(NEWS, token)).status_code
        for client in (one, other, one, other, one)
    ]
    assert statuses == [200, 200, 200, 429, 429]


def test_of_many_requests_at_one_moment_no_more_pass_than_may(tmp_path: Path) -> None:
    store = Common(tmp_path)
    replicas = [limits_with({"api": "10/minute"}, store=store) for _ in range(4)]
    passed: list[bool] = []
    together = threading.Barrier(8)

    def ask(limits: AccessLimits) -> None:
        together.wait()
        passed.extend(limits.api.take("a") is None for _ in range(10))

    threads = [threading.Thread(target=ask, args=(replicas[number % 4],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (passed.count(True), len(passed)) == (10, 80)


def test_while_the_store_is_gone_this_process_counts_and_nobody_is_refused_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with closing(RedisStore(f"redis://:hunter2@127.0.0.1:{free_port()}", try_again_s=3600)) as store:
        client = Site(limits={"address": "5/minute"}, store=store).client()
        assert [client.get("/").status_code for _ in range(7)] == [200] * 5 + [429] * 2
    assert len([record for record in caplog.records if record.name == "dateline.shared"]) == 1
    assert "hunter2" not in caplog.text


def test_what_was_counted_before_the_store_went_is_counted_on(tmp_path: Path) -> None:
    class Leaving(Common):
        gone = False

        def count(self, key: str, for_s: float, amount: int = 1) -> Count:
            if self.gone:
                raise UpstreamUnavailable("gone")
            return super().count(key, for_s, amount)

        def counted(self, key: str) -> Count:
            if self.gone:
                raise UpstreamUnavailable("gone")
            return super().counted(key)

    store = Leaving(tmp_path)
    limits = limits_with({"api": "3/minute"}, store=store)
    assert [limits.api.take("a") for _ in range(2)] == [None, None]
    store.gone = True
    assert limits.api.take("a") is None
    assert limits.api.take("a") is not None
    store.gone = False
    assert limits.api.take("a") is None
    assert limits.api.take("a") is not None


def test_while_one_request_is_counted_elsewhere_others_are_answered(tmp_path: Path) -> None:
    class Slow(Common):
        asked, answered = threading.Event(), threading.Event()

        def counted(self, key: str) -> Count:
            self.asked.set()
            assert self.answered.wait(60)
            return super().counted(key)

    store = Slow(tmp_path)
    app = Site(limits={"address": "5/minute"}, store=store).client().app

    async def both() -> tuple[int, int]:
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://dateline.example") as client:
            waiting = asyncio.create_task(client.get("/"))
            assert await asyncio.to_thread(store.asked.wait, 60)
            healthy = (await client.get("/healthz")).status_code
            assert not waiting.done()
            store.answered.set()
            return healthy, (await waiting).status_code

    assert asyncio.run(both()) == (200, 200)


def test_it_counts_with_the_librarys_own_strategy() -> None:
    limits = limits_with({"api": "1/minute"})
    assert isinstance(limits.api.limiter, FixedWindowRateLimiter)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/articles/{harbour().article.article_id}",
        "/v1/articles",
        "/healthz",
        "/static/page.css",
        "/none",
    ],
)
def test_every_response_says_what_browsers_must_not_do(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "x-powered-by" not in headers


def test_what_other_sites_load_is_theirs_to_load() -> None:
    assert Site().client().get("/widget.js").headers["cross-origin-resource-policy"] == "cross-origin"
