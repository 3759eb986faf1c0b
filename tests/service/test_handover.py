"""Who does the work: this process, or the server that owns the index; and how the server's replies come back."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.articles import ArticleFilter
from ingest.errors import (
    ArticleNotFound,
    DatelineError,
    IndexMissing,
    IndexOwned,
    RateLimited,
    SettingsError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from ingest.ownership import Ownership
from ingest.report import FailedFile, IngestReport, Progress
from service import opening as service_opening
from service.api.results import ArticleDetail, ArticlePage, ArticleSummary, IngestResult
from service.handover import forget_token, open_here_or_there, read_token, write_token
from service.remote import TOKEN_HEADER, RemoteServices, is_loopback
from service.remote_wire import error_of, events
from service.server_connection import ServerConnection
from service.settings import ServiceSettings
from tests.service.cli_fakes import FakeServices, answered, stored_article

URL = "http://127.0.0.1:8765"
Handler = Callable[[httpx.Request], httpx.Response]


def remote(handler: Handler, token: str | None = None) -> RemoteServices:
    """A server that answers with `handler`."""
    return RemoteServices(URL, token=token, transport=httpx.MockTransport(handler))


def problem(slug: str, status: int, detail: str = "because", **headers: str) -> httpx.Response:
    """A problem document."""
    document = {"type": f"urn:dateline:problem:{slug}", "status": status, "detail": detail}
    return httpx.Response(
        status, json=document, headers={"content-type": "application/problem+json"} | headers
    )


# ---- asking the server


def test_a_question_comes_back_as_the_same_answer() -> None:
    seen: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/ask"
        seen.append(json.loads(request.content))
        return httpx.Response(200, text=answered().model_dump_json())

    filters = ArticleFilter(outlets=frozenset({"B", "A"}), after="2024-04-01")
    assert remote(handler).ask("Why?", filters=filters, engine="extractive") == answered()
    assert seen == [
        {
            "question": "Why?",
            "engine": "extractive",
            "filters": {"outlets": ["A", "B"], "sources": [], "after": "2024-04-01", "before": None},
        }
    ]


def test_an_article_with_folders_in_its_name_is_found_by_its_ending() -> None:
    stored = stored_article()
    page = ArticlePage(total=1, offset=0, limit=200, articles=[ArticleSummary.of(stored.record)])

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/articles":
            return httpx.Response(200, text=page.model_dump_json())
        assert request.url.path == f"/v1/articles/{stored.article.article_id}"
        return httpx.Response(200, text=ArticleDetail.whole(stored).model_dump_json())

    server = remote(handler)
    for key in ("coast/harbour.md", "st/harbour.md", stored.article.article_id):
        found = server.article(key)
        assert found.article == stored.article
        assert found.record.chunk_count == stored.record.chunk_count
    with pytest.raises(ArticleNotFound, match=r"other/harbour\.md"):
        server.article("other/harbour.md")


def test_quotes_send_only_what_was_asked() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert dict(request.url.params) == {"speaker": "Holm", "limit": "5", "source": "a.md"}
        found = FakeServices().quotes()
        return httpx.Response(200, json={"quotations": [row.model_dump() for row in found]})

    filters = ArticleFilter(sources=frozenset({"a.md"}))
    assert remote(handler).quotes(speaker="Holm", limit=5, filters=filters) == FakeServices().quotes()


def test_ingest_streams_progress_and_gives_the_report() -> None:
    report = IngestReport(
        added=["a.md"], duplicates=[("a.md", "b.md")], failed=[FailedFile("c.pdf", "no text")], elapsed_s=1.5
    )
    progress = {"done": 1, "total": 2, "current": "a.md", "chunks": 3, "elapsed_s": 0.5}

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers[TOKEN_HEADER] == "secret"
        asked = json.loads(request.content)
        assert asked == {"paths": ["/news"], "prune": True, "rebuild": False, "map": {"text": "story"}}
        lines = f": ping\n\nevent: progress\ndata: {json.dumps(progress)}\n\n"
        lines += f"event: report\ndata: {IngestResult.of(report).model_dump_json()}\n\n"
        return httpx.Response(200, text=lines, headers={"content-type": "text/event-stream"})

    told: list[Progress] = []
    found = remote(handler, token="secret").ingest(
        [Path("/news")], prune=True, field_map={"text": "story"}, on_progress=told.append
    )
    assert found == report
    assert told == [Progress(**progress)]  # type: ignore[arg-type]


def test_an_ingest_that_fails_on_the_way_raises_what_the_server_raised() -> None:
    document = json.dumps({"type": "urn:dateline:problem:index-missing", "status": 409, "detail": "gone"})
    failing = remote(lambda _: httpx.Response(200, text=f"event: error\ndata: {document}\n\n"))
    with pytest.raises(IndexMissing, match="gone"):
        failing.ingest([Path("/news")])
    with pytest.raises(UpstreamUnavailable, match="without a report"):
        remote(lambda _: httpx.Response(200, text=": ping\n\n")).ingest([Path("/news")])
    with pytest.raises(UpstreamRefused, match="not the one"):
        remote(lambda _: problem("forbidden", 403, "not the one")).ingest([Path("/news")])


def _every_kind(kind: type[DatelineError]) -> list[type[DatelineError]]:
    return [kind, *(found for narrower in kind.__subclasses__() for found in _every_kind(narrower))]


@pytest.mark.parametrize("kind", _every_kind(DatelineError))
def test_every_error_comes_back_as_itself(kind: type[DatelineError]) -> None:
    document = {"type": f"urn:dateline:problem:{kind.slug}", "status": kind.status, "detail": "because"}
    found = error_of(document)
    assert type(found) is kind
    assert str(found) == "because"


def test_errors_nobody_knows_and_servers_that_are_none() -> None:
    assert type(error_of({"type": "urn:dateline:problem:new", "status": 500})) is UpstreamUnavailable
    assert type(error_of({"status": 418})) is UpstreamRefused
    with pytest.raises(RateLimited) as limited:
        remote(lambda _: problem("rate-limited", 429, **{"Retry-After": "7"})).ask("Why?")
    assert limited.value.retry_after_s == 7
    with pytest.raises(UpstreamUnavailable, match="Dateline server"):
        remote(lambda _: httpx.Response(200, text="<html>")).ask("Why?")
    with pytest.raises(UpstreamUnavailable):
        remote(lambda _: httpx.Response(502, text="<html>")).ask("Why?")

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(UpstreamUnavailable, match="refused"):
        remote(unreachable).ask("Why?")
    assert not remote(unreachable).alive()
    assert not remote(lambda _: httpx.Response(200, text="hello")).alive()
    assert remote(lambda _: httpx.Response(200, json={"status": "ok", "version": "1"})).alive()


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "news.example", "", "169.254.169.254", "127.0.0.1.evil.example"]
)
def test_only_this_machine_is_ever_asked(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(SettingsError):
        RemoteServices(f"http://{host}:80")


def test_events_join_their_data() -> None:
    lines = ["event: x", 'data: {"a":', "data: 1}", "", ":ping", "", "id: 3", "data:{}", "", "data: {}"]
    assert list(events(iter(lines))) == [("x", {"a": 1}), ("", {})]


def test_only_line_feeds_end_a_line_of_events() -> None:
    words = "one\u2028two\u0085three"
    body = f'event: x\r\ndata: {{"words": "{words}"}}\r\n\r\nevent: y\ndata: {{}}\n\n'.encode()
    pieces = [body[place : place + 5] for place in range(0, len(body), 5)]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=iter(pieces)))
    connection = ServerConnection(
        URL, headers={}, connect_timeout_s=1.0, lost="gone", through_proxies=False, transport=transport
    )
    assert list(connection.events("/v1/ask", {})) == [("x", {"words": words}), ("y", {})]


# ---- who opens the index


def settings_in(folder: Path) -> ServiceSettings:
    """Settings of an index in `folder`."""
    return ServiceSettings(data_dir=folder)


class Opening:
    """Stands in for `open_services`: raises what it was given, one after another, then opens."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.services = FakeServices()

    def __call__(self, settings: ServiceSettings, **_: object) -> FakeServices:
        if self.errors:
            raise self.errors.pop(0)
        return self.services


def test_an_owner_that_goes_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Opening(IndexOwned("in use by process 7"), IndexOwned("in use by process 7"))
    monkeypatch.setattr(service_opening, "open_services", opening)
    assert open_here_or_there(settings_in(tmp_path), role="ask") is opening.services
    assert opening.errors == []


def test_an_ingest_is_not_waited_for(tmp_path: Path) -> None:
    with (
        Ownership.acquire(tmp_path, role="ingest"),
        pytest.raises(IndexOwned, match=r"dateline ingest.*wait for it"),
    ):
        open_here_or_there(settings_in(tmp_path), role="ask", patience_s=60)


def test_patience_ends_and_names_the_owner(tmp_path: Path) -> None:
    told: list[str] = []
    with (
        Ownership.acquire(tmp_path, role="ask"),
        pytest.raises(IndexOwned, match=r"process \d+ \(dateline ask"),
    ):
        open_here_or_there(settings_in(tmp_path), role="ask", patience_s=0, tell=told.append)
    assert told == []


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"  # the discard port: nothing listens there
    with (
        Ownership.acquire(tmp_path, role="serve", url=dead),
        pytest.raises(IndexOwned, match="does not answer") as raised,
    ):
        open_here_or_there(settings_in(tmp_path), role="ask", patience_s=0)
    assert raised.value.owner_url == dead


def test_other_errors_are_not_waited_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_opening, "open_services", Opening(IndexMissing("nothing")))
    with pytest.raises(IndexMissing):
        open_here_or_there(settings_in(tmp_path), role="ask")


def test_the_token_is_for_the_owner_alone(tmp_path: Path) -> None:
    assert read_token(tmp_path) is None
    first = write_token(tmp_path)
    second = write_token(tmp_path)
    assert first != second == read_token(tmp_path)
    assert len(second) >= 32
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    forget_token(tmp_path)
    forget_token(tmp_path)
    assert read_token(tmp_path) is None
    with pytest.raises(SettingsError):
        write_token(tmp_path / "nowhere")
