"""Pages of other sites: a session for those that are allowed, their routes with its token, and nothing else."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.api.access.requirements import WIDGET_ROUTES
from tests.service.api.access_samples import ASK, NEWS, Site, from_page, slug_of, token_of
from tests.service.api.fakes import harbour

OWN = "http://dateline.example"


@pytest.fixture(scope="module")
def site() -> Site:
    """A server that the tests which take it leave as it is."""
    return Site()


@pytest.fixture(scope="module")
def client(site: Site) -> TestClient:
    """A caller of it."""
    return site.client()


def test_a_session_greets_the_reader_of_an_allowed_page() -> None:
    reply = Site().client().post("/v1/widget/session", json={}, headers=from_page(NEWS))
    assert reply.status_code == 200
    session = reply.json()
    assert session.pop("token")
    assert session == {
        "expires_in_s": 600,
        "suggestions": [],
        "feedback": False,
        "archive": {"articles": 1, "newest": "2024-04-10"},
    }
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["access-control-allow-origin"] == NEWS
    assert reply.headers["vary"] == "Origin"
    assert "retry-after" in reply.headers["access-control-expose-headers"].lower()
    assert "x-request-id" in reply.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://news.example.evil.com",
        "https://news.example:443",
        "https://NEWS.example",
        "http://news.example",
        "null",
        "file://",
        "https://evil.example https://news.example",
        "https://news.example, https://evil.example",
    ],
)
def test_no_other_page_gets_one(client: TestClient, origin: str) -> None:
    reply = client.post("/v1/widget/session", json={}, headers=from_page(origin))
    assert (reply.status_code, slug_of(reply)) == (403, "origin-not-allowed")
    assert not any(name.startswith("access-control") for name in reply.headers)
    assert reply.headers["vary"] == "Origin"


def test_nobody_without_an_origin_gets_one_and_the_servers_own_page_does() -> None:
    client = Site(allowed="").client()
    reply = client.post("/v1/widget/session", json={})
    assert (reply.status_code, slug_of(reply)) == (403, "origin-not-allowed")
    token = token_of(client, OWN)
    assert client.post("/v1/ask", json=ASK, headers=from_page(OWN, token)).status_code == 200
    without_origin = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "same-origin"}
    assert client.get("/v1/suggestions", headers=without_origin).status_code == 200
    assert client.post("/v1/widget/session", json={}, headers=from_page(NEWS)).status_code == 403


def test_its_body_is_empty() -> None:
    reply = (
        Site()
        .client()
        .post("/v1/widget/session", json={"origin": "https://x.example"}, headers=from_page(NEWS))
    )
    assert reply.status_code == 422


def test_the_token_opens_the_widgets_routes() -> None:
    client = Site().client()
    token = token_of(client)
    reply = client.post("/v1/ask", json=ASK, headers=from_page(NEWS, token))
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == NEWS
    stream = client.post("/v1/ask", json=ASK | {"stream": True}, headers=from_page(NEWS, token))
    assert "event: done" in stream.text
    assert stream.headers["access-control-allow-origin"] == NEWS
    assert client.get("/v1/suggestions", headers=from_page(NEWS, token)).json() == {"suggestions": []}
    page = client.get(f"/articles/{harbour().article.article_id}")
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/search"),
        ("POST", "/v1/summarize"),
        ("POST", "/v1/articles"),
        ("POST", "/v1/ingest"),
        ("POST", "/v1/chat/completions"),
        ("DELETE", "/v1/articles/0123456789abcdef"),
        ("GET", "/v1/articles"),
        ("GET", "/v1/quotes"),
        ("PUT", "/v1/ask"),
        ("POST", "/v1/ask/"),
        ("POST", "/v1//ask"),
        ("POST", "/v1/ask/../search"),
        ("POST", "/v1/ask%2f..%2fsearch"),
    ],
)
@pytest.mark.parametrize("origin", [NEWS, OWN])
def test_it_opens_nothing_else(site: Site, client: TestClient, method: str, path: str, origin: str) -> None:
    asked = len(site.services.calls)
    token = token_of(client, origin)
    reply = client.request(method, path, json=ASK, headers=from_page(origin, token), follow_redirects=False)
    assert reply.status_code == 403
    assert not any(name.startswith("access-control") for name in reply.headers)
    assert len(site.services.calls) == asked
    assert site.services.ingested == []


@pytest.mark.parametrize("origin", [NEWS, "https://evil.example", OWN])
def test_pages_of_other_sites_need_a_token_always(site: Site, client: TestClient, origin: str) -> None:
    asked = len(site.services.calls)
    reply = client.post("/v1/ask", json=ASK, headers=from_page(origin))
    if origin == OWN:
        assert reply.status_code == 200
        return
    expected = (401, "token-invalid") if origin == NEWS else (403, "origin-not-allowed")
    assert (reply.status_code, slug_of(reply)) == expected
    assert len(site.services.calls) == asked


def test_a_token_of_one_page_is_none_for_another() -> None:
    client = Site(allowed=f"{NEWS},https://other.example").client()
    token = token_of(client)
    for origin in ("https://other.example", OWN, "https://evil.example", "null"):
        reply = client.post("/v1/ask", json=ASK, headers=from_page(origin, token))
        assert (reply.status_code, slug_of(reply)) == (403, "origin-not-allowed"), origin
    reply = client.post("/v1/ask", json=ASK, headers={"Authorization": f"Bearer {token}"})
    assert (reply.status_code, slug_of(reply)) == (403, "origin-not-allowed")


def test_an_expired_and_a_forged_token_are_told_apart() -> None:
    site = Site()
    client = site.client()
    token = token_of(client)
    forged = client.post("/v1/ask", json=ASK, headers=from_page(NEWS, token[:-1] + "_"))
    assert (forged.status_code, slug_of(forged)) == (401, "token-invalid")
    site.clock.seconds += 600
    expired = client.post("/v1/ask", json=ASK, headers=from_page(NEWS, token))
    assert (expired.status_code, slug_of(expired)) == (401, "token-expired")
    assert expired.headers["www-authenticate"] == 'Bearer realm="dateline", error="invalid_token"'
    assert expired.headers["access-control-allow-origin"] == NEWS
    assert site.services.calls == []


def test_a_new_session_keeps_the_visitor_and_so_the_limit() -> None:
    site = Site(limits={"visitor": "2/day"})
    client = site.client()
    token = token_of(client)
    for _ in range(2):
        assert client.post("/v1/ask", json=ASK, headers=from_page(NEWS, token)).status_code == 200
    site.clock.seconds += 700
    renewed = token_of(client, last=token)
    reply = client.post("/v1/ask", json=ASK, headers=from_page(NEWS, renewed))
    assert (reply.status_code, slug_of(reply)) == (429, "rate-limited")


def test_two_credentials_are_none() -> None:
    client = Site().client()
    token = token_of(client)
    headers = [("Origin", NEWS), ("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert client.post("/v1/ask", json=ASK, headers=headers).status_code == 401


@pytest.mark.parametrize("path", sorted(WIDGET_ROUTES))
def test_preflights_of_allowed_pages_on_these_routes(client: TestClient, path: str) -> None:
    (method,) = WIDGET_ROUTES[path]
    asked = {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    reply = client.options(path, headers=from_page(NEWS) | asked)
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] == NEWS
    assert reply.headers["access-control-allow-methods"] == method
    assert "Authorization" in reply.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in reply.headers
    assert reply.headers["vary"] == "Origin"
    for origin in ("https://evil.example", "null", "https://news.example:443"):
        refused = client.options(path, headers=from_page(origin) | asked)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/ask", "DELETE"),
        ("/v1/articles", "POST"),
        ("/v1/search", "POST"),
        ("/", "GET"),
        ("/metrics", "GET"),
    ],
)
def test_no_other_preflight_is_allowed(client: TestClient, path: str, method: str) -> None:
    reply = client.options(path, headers=from_page(NEWS) | {"Access-Control-Request-Method": method})
    assert reply.status_code == 403
    assert not any(name.startswith("access-control") for name in reply.headers)


def test_the_name_of_the_server_is_looked_at_before_the_origin() -> None:
    """DNS rebinding: the page's own name is made to point here."""
    client = Site(allowed="http://rebound.example").client(
        "127.0.0.1", "http://rebound.example", hosts=frozenset({"localhost", "127.0.0.1"})
    )
    for origin in ("http://rebound.example", NEWS):
        reply = client.post("/v1/widget/session", json={}, headers=from_page(origin))
        assert (reply.status_code, slug_of(reply)) == (421, "misdirected-request")


def test_behind_a_proxy_the_public_address_is_the_servers_own() -> None:
    """The proxy may name another host to the server than readers see."""
    client = Site(allowed="", public_url="https://ask.example/").client(base="http://10.0.0.5:8765")
    token = token_of(client, "https://ask.example")
    assert (
        client.post("/v1/ask", json=ASK, headers=from_page("https://ask.example", token)).status_code == 200
    )
    reply = client.get("/v1/suggestions", headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 200


def test_a_failure_inside_can_be_read_by_the_page_too() -> None:
    site = Site()
    client = site.client()
    token = token_of(client)
    site.services.error = RuntimeError("broken inside")
    reply = client.post("/v1/ask", json=ASK, headers=from_page(NEWS, token))
    assert reply.status_code == 500
    assert reply.headers["access-control-allow-origin"] == NEWS
    assert "broken inside" not in reply.text
