"""With API keys every route of the API asks for one, and for its scope; what is open is named here."""

from __future__ import annotations

import logging
import re
import secrets

import pytest
from fastapi.testclient import TestClient
from openai import AuthenticationError, OpenAI, PermissionDeniedError

from service.api.app import create_app
from service.api_keys import KEY_PREFIX, Scope
from service.feedback import Feedback
from tests.service.api.access_samples import ASK, NEWS, Site, from_page, slug_of, token_of
from tests.service.api.fakes import FakeServices, harbour

KEYS: dict[str, tuple[Scope, ...]] = {
    "reader": ("read",),
    "writer": ("write",),
    "cms": ("read", "write"),
    "prometheus": ("admin",),
}
OPEN = {("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", "/readyz"), ("HEAD", "/readyz")}
PAGES = {(method, path) for method in ("GET", "HEAD") for path in ("/", "/articles/{article_id}")}
ARTICLE = harbour().article.article_id


def bearer(site: Site, name: str) -> dict[str, str]:
    """A key's header."""
    return {"Authorization": f"Bearer {site.secrets[name]}"}


def every_route() -> list[tuple[str, str]]:
    """Every method and path of the application: those of its document, and those that it leaves out."""
    document = create_app(FakeServices(), feedback=Kept()).openapi()
    documented = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    return sorted(documented | OPEN | PAGES | {("GET", "/openapi.json"), ("GET", "/static/page.css")})


class Kept:
    """Feedback is taken."""

    def add(self, feedback: Feedback) -> str:
        """Keep none."""
        return "0"


@pytest.fixture(scope="module")
def site() -> Site:
    """A server that the tests which take it leave as it is."""
    return Site(keys=KEYS)


@pytest.fixture(scope="module")
def client(site: Site) -> TestClient:
    """A caller of it."""
    return site.client()


def test_every_route_of_the_application_is_known() -> None:
    paths = {path for _, path in every_route()}
    assert {"/v1/ask", "/v1/feedback", "/v1/ingest", "/v1/articles/{article_id}", "/metrics"} <= paths
    assert len(paths) > 18


def test_without_a_key_every_route_but_a_few_is_closed() -> None:
    site = Site(keys=KEYS)
    client = site.client("127.0.0.1", "http://127.0.0.1:8765")
    for method, template in every_route():
        path = re.sub(r"\{[^}]*\}", ARTICLE, template)
        reply = client.request(method, path)
        if template == "/v1/widget/session":
            assert reply.status_code == 403
        elif (method, template) in OPEN | PAGES or not template.startswith(("/v1", "/metrics")):
            assert reply.status_code == 200, (method, path)
        else:
            assert reply.status_code == 401, (method, path)
            assert reply.headers["www-authenticate"] == 'Bearer realm="dateline"'
    assert site.services.calls == []


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/v1/ask", "read"),
        ("POST", "/v1/search", "read"),
        ("POST", "/v1/summarize", "read"),
        ("POST", "/v1/chat/completions", "read"),
        ("GET", "/v1/models", "read"),
        ("GET", "/v1/quotes", "read"),
        ("GET", "/v1/articles", "read"),
        ("GET", f"/v1/articles/{ARTICLE}", "read"),
        ("GET", "/v1/suggestions", "read"),
        ("POST", "/v1/articles", "write"),
        ("DELETE", f"/v1/articles/{ARTICLE}", "write"),
        ("POST", "/v1/ingest", "write"),
        ("GET", "/metrics", "admin"),
        ("PATCH", "/v1/whatever-comes-next", "write"),
    ],
)
def test_a_key_opens_what_its_scopes_name_and_nothing_else(method: str, path: str, scope: Scope) -> None:
    site = Site(keys=KEYS)  # each time: a key that may delete the article does
    client = site.client()
    for name, scopes in KEYS.items():
        reply = client.request(method, path, headers=bearer(site, name))
        if scope in scopes:
            assert reply.status_code not in (401, 429), (name, reply.text)
            assert "scope" not in reply.text
        else:
            assert reply.status_code == 403, name
            assert f'scope="{scope}"' in reply.headers["www-authenticate"]


def test_a_wrong_key_is_no_key() -> None:
    site = Site(keys=KEYS)
    client = site.client()
    secret = site.secrets["reader"]
    for wrong in (secret[:-1], secret + "A", secret.upper(), "", KEY_PREFIX, "none", "é", "x" * 5000):
        reply = client.post(
            "/v1/ask", json=ASK, headers=[(b"Authorization", b"Bearer " + wrong.encode("latin-1"))]
        )
        assert (reply.status_code, slug_of(reply)) == (401, "key-invalid"), wrong[:20]
        assert 'error="invalid_token"' in reply.headers["www-authenticate"]
    for header in (f"Basic {secret}", secret, f"Token {secret}"):
        reply = client.post("/v1/ask", json=ASK, headers={"Authorization": header})
        assert (reply.status_code, slug_of(reply)) == (401, "key-required")
    assert (
        client.post("/v1/ask", json=ASK, headers={"Authorization": f"bearer  {secret} "}).status_code == 200
    )


def test_widget_tokens_work_beside_keys_and_pages_get_no_further_with_a_key() -> None:
    site = Site(keys=KEYS)
    client = site.client()
    token = token_of(client)
    assert client.post("/v1/ask", json=ASK, headers=from_page(NEWS, token)).status_code == 200
    assert client.get("/v1/suggestions", headers=from_page(NEWS, token)).status_code == 200
    assert client.post("/v1/search", json={"query": "x"}, headers=from_page(NEWS, token)).status_code == 403
    in_the_page = client.post("/v1/ask", json=ASK, headers=from_page(NEWS, site.secrets["reader"]))
    assert (in_the_page.status_code, slug_of(in_the_page)) == (401, "token-invalid")


def test_pages_can_be_closed_too() -> None:
    closed = Site(keys=KEYS, public_pages=False)
    client = closed.client()
    for path in ("/", f"/articles/{ARTICLE}"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer(closed, "reader")).status_code == 200
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert client.get("/static/page.css").status_code == 200
    assert Site(keys=KEYS).client().get(f"/articles/{ARTICLE}").status_code == 200


def test_the_owner_of_the_index_needs_no_key_on_this_machine() -> None:
    token = secrets.token_urlsafe(32)
    site = Site(keys=KEYS)
    local = site.client("127.0.0.1", "http://127.0.0.1:8765", owner_token=token)
    owner = {"X-Dateline-Token": token}
    assert local.post("/v1/ask", json=ASK, headers=owner).status_code == 200
    assert local.get("/v1/articles", headers=owner).status_code == 200
    for more in ({"Origin": "http://127.0.0.1:8765"}, {"X-Forwarded-For": "192.0.2.7"}, {"Via": "1.1 proxy"}):
        assert local.post("/v1/ask", json=ASK, headers=owner | more).status_code == 401
    for wrong in ("", token[:-1], "é"):
        headers = [(b"X-Dateline-Token", wrong.encode("latin-1"))]
        assert local.post("/v1/ask", json=ASK, headers=headers).status_code == 401
    elsewhere = site.client("192.0.2.7", owner_token=token)
    assert elsewhere.post("/v1/ask", json=ASK, headers=owner).status_code == 401


def test_openais_client_sends_the_key_and_understands_the_refusal() -> None:
    site = Site(keys=KEYS)
    transport = site.client()

    def client(key: str) -> OpenAI:
        return OpenAI(
            base_url="http://dateline.example/v1", api_key=key, http_client=transport, max_retries=0
        )

    reply = client(site.secrets["reader"]).chat.completions.create(
        model="dateline", messages=[{"role": "user", "content": "When?"}]
    )
    assert "[1]" in (reply.choices[0].message.content or "")
    with pytest.raises(AuthenticationError, match="no API key of this server"):
        client("none").models.list()
    with pytest.raises(PermissionDeniedError, match="scope read"):
        client(site.secrets["prometheus"]).models.list()


def test_without_keys_any_bearer_is_ignored() -> None:
    """OpenAI's clients always send one."""
    client = Site().client()
    for credential in ("Bearer none", "Basic dXNlcjpwYXNz", "Bearer dateline_unknown"):
        assert client.post("/v1/ask", json=ASK, headers={"Authorization": credential}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/articles/", "/articles/"])
@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "....//....//etc/passwd",
        "%2fetc%2fpasswd",
        "..%5c..%5cwindows",
        "x%00.txt",
        "server.token",
        "../widget.key",
        "%c0%ae%c0%ae%2fetc",
    ],
)
def test_paths_name_articles_only(site: Site, client: TestClient, path: str, key: str) -> None:
    reply = client.get(path + key, headers=bearer(site, "reader"))
    assert reply.status_code in (404, 422)
    assert "root:" not in reply.text


@pytest.mark.parametrize(
    "path", ["/static/../api/app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"]
)
def test_files_beside_the_pages_cannot_be_had(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_no_path_gets_around_the_gate() -> None:
    site = Site(keys=KEYS, public_pages=False)
    client = site.client()
    for path in (
        "/v1/articles/",
        "//v1/articles",
        "/./v1/articles",
        "/v1/../v1/articles",
        "/V1/articles",
        "/v1",
    ):
        for spelled in (path, path.replace("v1", "%761")):
            reply = client.get(spelled, follow_redirects=False)
            assert reply.status_code in (401, 404), spelled
            assert "harbour" not in reply.text


def test_secrets_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nor shown in a reply: over every way in which a credential is refused, or a request fails behind it."""
    caplog.set_level(logging.DEBUG)
    owner = secrets.token_urlsafe(32)
    site = Site(keys=KEYS, limits={"api": "3/minute", "visitor": "1/minute"})
    client = site.client("127.0.0.1", "http://127.0.0.1:8765", owner_token=owner)
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    token = token_of(client)
    shown: list[str] = []

    def send(headers: dict[str, str], path: str = "/v1/ask", method: str = "POST") -> None:
        reply = client.request(method, path, json=ASK, headers=headers)
        shown.append(reply.text + str(reply.headers))

    for name in KEYS:
        for _ in range(4):
            send(bearer(site, name))
    forged = [token[:-2] + "AA", site.secrets["reader"][:-2] + "AA", owner[:-2] + "AA"]
    for credential in (token, *forged):
        send(from_page(NEWS, credential))
        send(from_page("https://evil.example", credential))
        send({"Authorization": f"Bearer {credential}"}, "/v1/articles", "GET")
        send({"X-Dateline-Token": credential})
    site.clock.seconds += 700
    send(from_page(NEWS, token))
    site.services.error = RuntimeError("inside")
    send({"X-Dateline-Token": owner})
    send(
        {"X-Dateline-Token": owner, "Authorization": f"Bearer {site.secrets['reader']}"},
        "/v1/articles",
        "GET",
    )
    said = caplog.text + "".join(shown)
    assert "refused POST /v1/ask" in caplog.text
    for secret in (*site.secrets.values(), token, owner, *forged):
        assert secret not in said
        assert secret.rpartition(".")[2][:20] not in said
