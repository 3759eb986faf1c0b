"""What a server and its callers exchange, seen from the caller's side: filters out; problem documents, records and
event streams in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from ingest.articles import ArticleFilter
from ingest.errors import DatelineError, RateLimited, UpstreamRefused, UpstreamUnavailable
from ingest.records import ArticleRecord
from ingest.report import FailedFile, IngestReport
from service.answers import Citation, Statement
from service.events import StatementEvent

PROBLEM_PREFIX = "urn:dateline:problem:"


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


def document_of(reply: httpx.Response) -> dict[str, Any]:
    """The JSON object of a reply; an empty one when an error came without.

    Raises:
        UpstreamUnavailable: it is no error, and not JSON either.
    """
    try:
        document = reply.json()
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    if reply.is_error:
        return {}
    raise UpstreamUnavailable(f"{reply.url} did not answer with JSON: is it a Dateline server?")


def filters_body(filters: ArticleFilter) -> dict[str, Any]:
    """Filters as a request's body has them."""
    return {
        "outlets": sorted(filters.outlets),
        "sources": sorted(filters.sources),
        "after": filters.after,
        "before": filters.before,
    }


def query_of(filters: ArticleFilter, rest: Mapping[str, Any]) -> dict[str, Any]:
    """Filters, and what else is asked, as a query string has them: without what is not asked."""
    asked = {
        "outlet": sorted(filters.outlets),
        "source": sorted(filters.sources),
        "after": filters.after,
        "before": filters.before,
        **rest,
    }
    return {name: value for name, value in asked.items() if value not in (None, [])}


def record_of(item: Mapping[str, Any]) -> ArticleRecord:
    """A line of the catalogue; `root` and file stamps stay with the server."""
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


def statement_of(data: Mapping[str, Any]) -> StatementEvent:
    """A verified statement with what it cites."""
    cited = tuple(Citation.model_validate(citation) for citation in data["citations"])
    return StatementEvent(Statement.model_validate(data["statement"]), cited)


def report_of(data: Mapping[str, Any]) -> IngestReport:
    """What an ingest did."""
    fields = dict(data)
    fields["duplicates"] = [tuple(group) for group in data["duplicates"]]
    fields["failed"] = [FailedFile(item["source"], item["reason"]) for item in data["failed"]]
    return IngestReport(**fields)
