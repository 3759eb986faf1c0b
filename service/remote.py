"""`Services` over HTTP: the same methods, done by the server on this machine that owns the index.

Problem documents become the errors they came from, so that a command cannot tell who did its work. Only a loopback
address is ever talked to, and never through a proxy: the address comes from a file beside the index.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from ingest.articles import Analysis, Article, ArticleFilter, Span
from ingest.errors import ArticleNotFound, SettingsError, UpstreamUnavailable
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import IngestReport, Progress
from service.answers import Answer, AttributedQuotation, Passage
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent, DoneEvent, PassagesEvent
from service.remote_wire import filters_body, query_of, record_of, report_of, statement_of
from service.server_connection import ServerConnection
from service.summaries import ReadingEvent, Summary, SummaryDone, SummaryRequest
from service.summary_events import SummaryEvent

TOKEN_HEADER = "X-Dateline-Token"
PAGE_SIZE = 200
EVERYTHING = ArticleFilter()

CONNECT_TIMEOUT_S = 3.0


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
        self._connection = ServerConnection(
            url,
            headers={TOKEN_HEADER: token} if token else {},
            connect_timeout_s=CONNECT_TIMEOUT_S,
            lost=f"the server at {url}, which owns the index, stopped answering",
            through_proxies=False,
            transport=transport,
        )

    def alive(self) -> bool:
        """Whether a Dateline server answers there."""
        health = self._connection.answers("/healthz", timeout_s=CONNECT_TIMEOUT_S)
        return health is not None and "version" in health

    def ask(self, question: str, *, filters: ArticleFilter = EVERYTHING, engine: str | None = None) -> Answer:
        """The verified answer, or an abstention."""
        body = {"question": question, "filters": filters_body(filters), "engine": engine}
        return Answer.model_validate(self._connection.json("POST", "/v1/ask", json=body))

    def ask_events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        """A question on its way to its answer. Closing the iterator, or cancelling, stops the server's work."""
        body = {
            "question": question,
            "history": [{"role": turn.role, "content": turn.content} for turn in history],
            "filters": filters_body(filters),
            "engine": engine,
            "stream": True,
        }
        with closing(self._connection.events("/v1/ask", body)) as coming:
            for name, data in coming:
                if cancellation is not None and cancellation.cancelled:
                    return
                if name == "passages":
                    yield PassagesEvent(tuple(Passage.model_validate(one) for one in data["passages"]))
                elif name == "statement":
                    yield statement_of(data)
                elif name == "done":
                    yield DoneEvent(Answer.model_validate(data))
                    return
        raise UpstreamUnavailable(f"the server at {self.url} ended the answer before it was whole")

    def summarize_events(
        self,
        request: SummaryRequest,
        *,
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SummaryEvent]:
        """A summary as it comes about. Closing the iterator, or cancelling, stops the server's work."""
        body = {
            "sources": list(request.sources),
            "topic": request.topic,
            "style": request.style,
            "max_words": request.max_words,
            "filters": filters_body(filters),
            "engine": engine,
            "stream": True,
        }
        with closing(self._connection.events("/v1/summarize", body)) as coming:
            for name, data in coming:
                if cancellation is not None and cancellation.cancelled:
                    return
                if name == "reading":
                    yield ReadingEvent(done=data["done"], total=data["total"])
                elif name == "statement":
                    yield statement_of(data)
                elif name == "done":
                    yield SummaryDone(Summary.model_validate(data))
                    return
        raise UpstreamUnavailable(f"the server at {self.url} ended the summary before it was whole")

    def suggestions(self) -> Sequence[str]:
        """Questions that the archive answers, as far as the server has found them."""
        found = self._connection.json("GET", "/v1/suggestions")
        return tuple(str(question) for question in found.get("suggestions", ()))

    def search(self, query: str, *, limit: int = 10, filters: ArticleFilter = EVERYTHING) -> list[Passage]:
        """The nearest passages, best first."""
        body = {"query": query, "limit": limit, "filters": filters_body(filters)}
        found = self._connection.json("POST", "/v1/search", json=body)
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
        found = self._connection.json("GET", "/v1/quotes", params=query_of(filters, asked))
        return [AttributedQuotation.model_validate(quotation) for quotation in found["quotations"]]

    def articles(
        self, *, offset: int = 0, limit: int = 50, filters: ArticleFilter = EVERYTHING
    ) -> tuple[int, list[ArticleRecord]]:
        """How many articles match in total, and one page of them. `root` and file stamps stay with the server."""
        params = query_of(filters, {"offset": offset, "limit": min(limit, PAGE_SIZE)})
        found = self._connection.json("GET", "/v1/articles", params=params)
        return int(found["total"]), [record_of(item) for item in found["articles"]]

    def article(self, key: str) -> StoredArticle:
        """One article, by id, source or ending of its source; without its analysis, which does not travel."""
        article_id = self._resolved(key) if "/" in key or key in {"", ".", ".."} else key
        found = self._connection.json("GET", f"/v1/articles/{quote(article_id, safe='')}")
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
        return StoredArticle(record=record_of(found), article=article, analysis=Analysis())

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
        with closing(self._connection.events("/v1/ingest", body)) as coming:
            for name, data in coming:
                if name == "progress" and on_progress is not None:
                    on_progress(Progress(**data))
                elif name == "report":
                    return report_of(data)
        raise UpstreamUnavailable(f"the server at {self.url} ended the ingest without a report")

    def remove(self, article_id: str) -> None:
        """Have the server remove one article."""
        self._connection.done("DELETE", f"/v1/articles/{quote(article_id, safe='')}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

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


def is_loopback(host: str) -> bool:
    """Whether this name or address can only be this machine."""
    if host.casefold() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback
