"""`POST /v1/summarize`: articles or a topic in, a verified summary out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from service.api.admission import Line
from service.api.openapi import problems
from service.api.ports import Services
from service.api.results import StatementWithCitations
from service.api.streaming import (
    attended,
    bridged,
    ended,
    event,
    event_response,
    iterated,
    started,
    wants_events,
)
from service.api.summary_schemas import ReadingProgress, SummarizeRequest
from service.cancellation import Cancellation
from service.events import StatementEvent
from service.summaries import ReadingEvent, Summary, SummaryDone
from service.summary_events import SummaryEvent

_STREAM_EXAMPLE = """\
event: reading
data: {"done": 37, "total": 120}

event: statement
data: {"statement": {"text": "…", "citations": [1], "support": "verbatim"}, "citations": [{"id": 1, "quote": "…"}]}

event: done
data: {"status": "summarized", "subject": "AUKUS", "style": "brief", "summary": "… [1]", "statements": []}
"""

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The summary, or an abstention with its reason (`status` says which). As an event stream: "
        "`reading` while articles are read, a `statement` for each verified statement, `done` with the whole "
        "summary; or `error` with a problem document.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _STREAM_EXAMPLE}},
    },
    **problems(404, 409, 413, 422, 429, 502, 503),
}


def router(services: Services, line: Line) -> APIRouter:
    """The route over `services`; whoever asks stands in `line`."""
    routes = APIRouter(prefix="/v1", tags=["summaries"])

    @routes.post(
        "/summarize",
        summary="Summarize articles, or all they say on a topic",
        response_model=Summary,
        responses=_RESPONSES,
    )
    async def summarize(body: SummarizeRequest, request: Request) -> Summary | Response:
        """Everything that fits is read, not only what is found first; `reading` says how much that was. Statements
        and citations are those of an Answer. With `"stream": true` or `Accept: text/event-stream` the reply is an
        event stream. Closing the connection stops the work. Errors before the first event are ordinary problem
        responses; a source that no article has is one of them."""
        asked, filters = body.to_request(), body.filters.to_filter()
        cancellation = Cancellation()
        work = iterated(
            lambda: services.summarize_events(
                asked, filters=filters, engine=body.engine, cancellation=cancellation
            )
        )
        events = bridged(work, cancellation, partial(line.place, request))
        if body.stream or wants_events(request):
            return event_response(request, await started(_shown(events)))
        return (await ended(attended(request, events), SummaryDone)).summary

    return routes


async def _shown(events: AsyncGenerator[SummaryEvent]) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(events):
        async for item in events:
            match item:
                case ReadingEvent():
                    yield event("reading", ReadingProgress.of(item))
                case StatementEvent(statement, citations):
                    shown = StatementWithCitations(statement=statement, citations=list(citations))
                    yield event("statement", shown)
                case SummaryDone(summary):
                    yield event("done", summary)
