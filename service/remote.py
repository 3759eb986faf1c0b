"""`Services` over HTTP: the same methods, done by the server on this machine that owns the index.

Problem documents become the errors they came from, so that a command cannot tell who did its work. Only a loopback
address is ever talked to, and never through a proxy: the address comes from a file beside the index.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from ingest.articles import Analysis, Article, ArticleFilter, Span
from ingest.errors import (
    ArticleNotFound,
    DatelineError,
    RateLimited,
    SettingsError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import FailedFile, IngestReport, Progress
from service.answers import Answer, AttributedQuotation, Passage

TOKEN_HEADER = "X-Dateline-Token"
PROBLEM_PREFIX = "urn:dateline:problem:"
PAGE_SIZE = 200
EVERYTHING = ArticleFilter()

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 300.0
"""An answer that a model writes may take minutes; an event stream pings every quarter of a minute."""


class RemoteServices:
    """A server's services. Raises what `service.wiring.Services` raises, and UpstreamUnavailable when it is gone."""

    def __init__(
        self, url: str, *, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`token` is the server's own, from beside the index; `transport` is for tests.

        Raises:
            SettingsError: the address is not one of this machine.
        """
        if not is_loopback(urlsplit(url).hostname or ""):
            raise SettingsError(f"the index says its server is at {url}, which is not on this machine")
        self.url = url
        self._client = httpx.Client(
            base_url=url,
            headers={TOKEN_HEADER: token} if token else {},
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=False,
            transport=transport,
        )

    def alive(self) -> bool:
        """Whether a Dateline server answers there."""
        try:
            reply = self._client.get("/healthz", timeout=CONNECT_TIMEOUT_S)
            return reply.status_code == httpx.codes.OK and "version" in reply.json()
        except (httpx.HTTPError, ValueError, TypeError):
            return False

    def ask(self, question: str, *, filters: ArticleFilter = EVERYTHING, engine: str | None = None) -> Answer:
        """The verified answer, or an abstention."""
        body = {"question": question, "filters": _filters(filters), "engine": engine}
        return Answer.model_validate(self._json("POST", "/v1/ask", json=body))

    def search(self, query: str, *, limit: int = 10, filters: ArticleFilter = EVERYTHING) -> list[Passage]:
        """The nearest passages, best first."""
        body = {"query": query, "limit": limit, "filters": _filters(filters)}
        found = self._json("POST", "/v1/search", json=body)
        return [Passage.model_validate(passage) for passage in found["passages"]]

    def quotes(
        self,
        *,
        speaker: str | None = None,
        about: str | None = None,
        filters: ArticleFilter = EVERYTHING,
        limit: int = 50,
    ) -> list[AttributedQuotation]:
        """Quotations by a speaker, about a topic."""
        asked = {"speaker": speaker, "about": about, "limit": limit}
        found = self._json("GET", "/v1/quotes", params=_query(filters, asked))
        return [AttributedQuotation.model_validate(quotation) for quotation in found["quotations"]]

    def articles(
        self, *, offset: int = 0, limit: int = 50, filters: ArticleFilter = EVERYTHING
    ) -> tuple[int, list[ArticleRecord]]:
        """How many articles match in total, and one page of them. `root` and file stamps stay with the server."""
        params = _query(filters, {"offset": offset, "limit": min(limit, PAGE_SIZE)})
        found = self._json("GET", "/v1/articles", params=params)
        return int(found["total"]), [_record(item) for item in found["articles"]]

    def article(self, key: str) -> StoredArticle:
        """One article, by id, source or ending of its source; without its analysis, which does not travel."""
        article_id = self._resolved(key) if "/" in key or key in {"", ".", ".."} else key
        found = self._json("GET", f"/v1/articles/{quote(article_id, safe='')}")
        article = Article(
            article_id=found["article_id"],
            source=found["source"],
            text=found["text"],
            title=found["title"],
            outlet=found["outlet"],
            authors=tuple(found["authors"]),
            published_at=found["published_at"],
            url=found["url"],
            boilerplate=tuple(Span(part["start"], part["end"]) for part in found["boilerplate"]),
        )
        return StoredArticle(record=_record(found), article=article, analysis=Analysis())

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        rebuild: bool = False,
        field_map: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        """Have the server read these absolute paths. Leaving the stream stops it after the article at hand."""
        body = {
            "paths": [str(path) for path in paths],
            "prune": prune,
            "rebuild": rebuild,
            "map": dict(field_map or {}),
        }
        with (
            self._translated(),
            self._client.stream("POST", "/v1/ingest", json=body) as reply,
        ):
            if reply.is_error:
                reply.read()
                raise error_of(_document(reply), reply)
            for name, data in events(reply.iter_lines()):
                if name == "progress" and on_progress is not None:
                    on_progress(Progress(**data))
                elif name == "report":
                    return _report(data)
                elif name == "error":
                    raise error_of(data)
        raise UpstreamUnavailable(f"the server at {self.url} ended the ingest without a report")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _resolved(self, key: str) -> str:
        """The id behind a source with folders in it, which does not fit into a path of the API."""
        sources: dict[str, str] = {}
        total = 1
        while len(sources) < total:
            total, page = self.articles(offset=len(sources), limit=PAGE_SIZE)
            if not page:
                break
            sources |= {record.source: record.article_id for record in page}
        if key in sources:
            return sources[key]
        matching = [source for source in sources if source.endswith(key)] or [
            source for source in sources if key.casefold() in source.casefold()
        ]
        if not key or len(matching) != 1:
            hint = f"; it could be {', '.join(sorted(matching)[:5])}" if matching else ""
            raise ArticleNotFound(f"there is no article {key!r}{hint}")
        return sources[matching[0]]

    def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        with self._translated():
            reply = self._client.request(method, path, **request)
        document = _document(reply)
        if reply.is_error:
            raise error_of(document, reply)
        return document

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise UpstreamUnavailable(
                f"the server at {self.url}, which owns the index, stopped answering ({said})"
            ) from error


def is_loopback(host: str) -> bool:
    """Whether this name or address can only be this machine."""
    if host.casefold() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Server-sent events as (name, JSON data); comments and fields without meaning here are skipped."""
    name, data = "", list[str]()
    for line in lines:
        if not line:
            if data:
                yield name, json.loads("\n".join(data))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)


def error_of(document: Mapping[str, Any], reply: httpx.Response | None = None) -> DatelineError:
    """The error that a problem document tells of."""
    slug = str(document.get("type", "")).removeprefix(PROBLEM_PREFIX)
    status = int(document.get("status") or (reply.status_code if reply is not None else 500))
    detail = str(document.get("detail") or f"the server answered with status {status}")
    if slug == RateLimited.slug:
        wait = reply.headers.get("Retry-After", "") if reply is not None else ""
        return RateLimited(detail, float(wait) if wait.isdigit() else None)
    kind = _by_slug(DatelineError).get(slug)
    if kind is None:
        kind = UpstreamUnavailable if status >= 500 else UpstreamRefused
    return kind(detail)


def _by_slug(kind: type[DatelineError]) -> dict[str, type[DatelineError]]:
    found = {kind.slug: kind} if "slug" in vars(kind) else {}
    for narrower in kind.__subclasses__():
        found |= _by_slug(narrower)
    return found


def _document(reply: httpx.Response) -> dict[str, Any]:
    try:
        document = reply.json()
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    if reply.is_error:
        return {}
    raise UpstreamUnavailable(f"{reply.url} did not answer with JSON: is it a Dateline server?")


def _filters(filters: ArticleFilter) -> dict[str, Any]:
    return {
        "outlets": sorted(filters.outlets),
        "sources": sorted(filters.sources),
        "after": filters.after,
        "before": filters.before,
    }


def _query(filters: ArticleFilter, rest: Mapping[str, Any]) -> dict[str, Any]:
    asked = {
        "outlet": sorted(filters.outlets),
        "source": sorted(filters.sources),
        "after": filters.after,
        "before": filters.before,
        **rest,
    }
    return {name: value for name, value in asked.items() if value not in (None, [])}


def _record(item: Mapping[str, Any]) -> ArticleRecord:
    return ArticleRecord(
        article_id=item["article_id"],
        source=item["source"],
        title=item["title"],
        outlet=item["outlet"],
        authors=tuple(item["authors"]),
        published_at=item["published_at"],
        url=item["url"],
        version=item["version"],
        root="",
        chunk_count=item["chunks"],
        characters=item["characters"],
        ingested_at=item["ingested_at"],
    )


def _report(data: Mapping[str, Any]) -> IngestReport:
    fields = dict(data)
    fields["duplicates"] = [tuple(group) for group in data["duplicates"]]
    fields["failed"] = [FailedFile(item["source"], item["reason"]) for item in data["failed"]]
    return IngestReport(**fields)
