"""Who is asked the questions of a run when a server answers them: production, scored by the same measures.

Answers come as event streams, which tell what was found as well; the articles that the measures need are read from the
server and analyzed here. Unlike `service.remote`, which only ever talks to this machine, any address will do.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from pydantic import ValidationError

from eval.article_context import ArticleContext
from eval.asking import WAITING_CONCURRENCY, Subject, found_in, observed
from eval.gold import GoldCase
from eval.measures import Context, Observation
from eval.origins import content_digest
from eval.runs import CodeReference, Configuration, Found, IndexReference
from ingest.articles import Analysis, Span
from ingest.attribution import analyze
from ingest.embedding import Embedder
from ingest.errors import DatelineError, InvalidRequest, RateLimited, UpstreamUnavailable
from ingest.records import ArticleRecord
from ingest.retrying import RetryPolicy, call_with_retries
from service.answers import Answer, Passage
from service.remote_wire import filters_body, record_of
from service.server_connection import ServerConnection

CONNECT_TIMEOUT_S = 10.0
PATIENCE = RetryPolicy(attempts=8, first_wait_s=1.0, longest_wait_s=20.0, total_s=180.0)
"""With a server that says "not now" (HTTP 429), and with no other failure: what fails in production shall show."""
PAGE_SIZE = 200
UNKNOWN = "unknown"
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class ServerAsker:
    """See `eval.asking.Asker`: over HTTP."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        engine: str | None = None,
        embedder: Embedder | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Asks the server what it is; `embedder` measures similarity here, `transport` and `sleep` are for tests.

        Raises:
            InvalidRequest: the address or the key cannot be one.
            UpstreamUnavailable: nothing answers there, or it is not ready.
            PermanentError: it wants another key.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise InvalidRequest(
                "--server takes an address such as https://news.example, without a user or key in it"
            )
        if api_key is not None and not _VISIBLE.fullmatch(api_key):
            raise InvalidRequest("the API key has characters that no key has")
        self.url = url.rstrip("/")
        self._engine = engine
        self._sleep = sleep
        self._connection = ServerConnection(
            self.url,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            connect_timeout_s=CONNECT_TIMEOUT_S,
            lost=f"the server at {self.url} did not answer",
            through_proxies=True,
            transport=transport,
        )
        try:
            records = self._catalogue()
            self.subject = self._subject(records)
            self.context: Context = ArticleContext(self._article, [one.source for one in records], embedder)
        except BaseException:
            self._connection.close()
            raise

    def ask(self, case: GoldCase, key: str) -> Observation:
        """See `eval.asking.Asker`."""
        body = {
            "question": case.question,
            "history": [{"role": turn.role, "content": turn.content} for turn in case.history],
            "filters": filters_body(case.filters),
            "engine": self._engine,
            "stream": True,
        }
        try:
            return call_with_retries(partial(self._asked, body), policy=PATIENCE, sleep=self._sleep)
        except RateLimited as failure:
            return observed(None, " ".join(str(failure).split()), (), 0.0)

    def _asked(self, body: Mapping[str, Any]) -> Observation:
        """One request. Raises RateLimited, and nothing else."""
        begun = time.perf_counter()
        answer, error, found = None, None, tuple[Found, ...]()
        try:
            for name, data in self._connection.events("/v1/ask", body):
                if name == "passages":
                    found = found_in(tuple(Passage.model_validate(one) for one in data["passages"]))
                elif name == "done":
                    answer = Answer.model_validate(data)
            if answer is None:
                error = f"the server at {self.url} ended the answer before it was whole"
        except RateLimited:
            raise
        except DatelineError as failure:
            error = " ".join(str(failure).split())
        except (ValidationError, KeyError, ValueError):
            error = f"the server at {self.url} does not answer as this version of Dateline does"
        return observed(answer, error, found, (time.perf_counter() - begun) * 1000)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def __enter__(self) -> ServerAsker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _subject(self, records: list[ArticleRecord]) -> Subject:
        health, ready = self._connection.json("GET", "/healthz"), self._connection.json("GET", "/readyz")
        return Subject(
            code=CodeReference(version=str(health.get("version", UNKNOWN))),
            index=IndexReference(
                embedder=str(ready.get("embedder", UNKNOWN)),
                fingerprint=UNKNOWN,
                generation=ready.get("generation"),
                articles=len(records),
                chunks=sum(record.chunk_count for record in records),
                content=content_digest(records),
            ),
            configuration=Configuration(engine=self._engine, server=self.url),
            concurrency=WAITING_CONCURRENCY,
        )

    def _catalogue(self) -> list[ArticleRecord]:
        records: list[ArticleRecord] = []
        while True:
            page = self._connection.json(
                "GET", "/v1/articles", params={"offset": len(records), "limit": PAGE_SIZE}
            )
            try:
                records += [record_of(item) for item in page["articles"]]
                total = int(page["total"])
            except (KeyError, TypeError, ValueError) as error:
                raise UpstreamUnavailable(
                    f"{self.url} does not list articles as Dateline does: is it a Dateline server?"
                ) from error
            if len(records) >= total or not page["articles"]:
                return records

    def _article(self, article_id: str) -> tuple[str, Analysis]:
        found = self._connection.json("GET", f"/v1/articles/{quote(article_id, safe='')}")
        text = str(found["text"])
        return text, analyze(text, [Span(part["start"], part["end"]) for part in found["boilerplate"]])
