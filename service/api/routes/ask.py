"""`POST /v1/ask` and `POST /v1/search`: questions in, verified answers or passages out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from ingest.articles import ArticleFilter
from service.answers import Answer
from service.api.admission import Line
from service.api.openapi import problems
from service.api.ports import Services
from service.api.results import PassageList, StatementWithCitations
from service.api.schemas import AskRequest, SearchRequest
from service.api.streaming import (
    attended,
    bridged,
    ended,
    event,
    event_response,
    given,
    iterated,
    started,
    wants_events,
)
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent, DoneEvent, PassagesEvent, StatementEvent

_STREAM_EXAMPLE = """\
event: passages
data: {"passages": [{"article_id": "…", "source": "aukus.md", "text": "…", "start": 0, "end": 212, "score": 0.03}]}

event: statement
data: {"statement": {"text": "…", "citations": [1], "support": "verbatim"}, "citations": [{"id": 1, "quote": "…"}]}

event: done
data: {"status": "answered", "question": "…", "answer": "… [1]", "statements": [], "citations": []}
"""

_ASK_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer, or an abstention with its reason (`status` says which). As an event stream: "
        "`passages`, a `statement` for each verified statement, `done` with the whole answer; or `error` with a "
        "problem document.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _STREAM_EXAMPLE}},
    },
    **problems(409, 413, 422, 429, 502, 503),
}


def router(services: Services, line: Line) -> APIRouter:
    """The routes over `services`; whoever asks stands in `line`."""
    routes = APIRouter(prefix="/v1", tags=["answers"])

    @routes.post(
        "/ask",
        summary="Answer a question from the articles",
        response_model=Answer,
        responses=_ASK_RESPONSES,
    )
    async def ask(body: AskRequest, request: Request) -> Answer | Response:
        """Every statement is tied to verbatim words of named sources; what the articles do not answer is not
        answered. With `"stream": true` or `Accept: text/event-stream` the reply is an event stream. Closing the
        connection stops the work. Errors before the first event are ordinary problem responses."""
        turns, filters = body.turns(), body.filters.to_filter()
        events = await asked(services, line, request, body.question, turns, filters, body.engine)
        if body.stream or wants_events(request):
            return event_response(request, await started(_shown(events)))
        return (await ended(attended(request, events), DoneEvent)).answer

    @routes.post(
        "/search",
        summary="Find the passages nearest to a query",
        responses=problems(409, 413, 422, 503),
    )
    async def search(body: SearchRequest, request: Request) -> PassageList:
        """Passages are runs of whole sentences: `text` is the article's own words from `start` to `end`."""
        filters = body.filters.to_filter()
        with await line.place(request) as place:
            found = await place.run(partial(services.search, body.query, limit=body.limit, filters=filters))
        return PassageList(passages=found)

    return routes


async def asked(
    services: Services,
    line: Line,
    request: Request,
    question: str,
    history: Sequence[Turn],
    filters: ArticleFilter,
    engine: str | None,
) -> AsyncGenerator[AskEvent]:
    """The events of an answer. One that was given before is given at once; for another one, `request` stands in
    `line` until its first event is asked for and its turn has come."""
    look = partial(services.recall, question, history=history, filters=filters, engine=engine)
    kept = look() if services.recalls_at_once else await run_in_threadpool(look)
    if kept is not None:
        return given(kept)
    cancellation = Cancellation()
    work = iterated(
        lambda: services.ask_events(
            question, history=history, filters=filters, engine=engine, cancellation=cancellation
        )
    )
    return bridged(work, cancellation, partial(line.place, request))


async def _shown(events: AsyncGenerator[AskEvent]) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(events):
        async for item in events:
            match item:
                case PassagesEvent(passages):
                    yield event("passages", PassageList(passages=list(passages)))
                case StatementEvent(statement, citations):
                    shown = StatementWithCitations(statement=statement, citations=list(citations))
                    yield event("statement", shown)
                case DoneEvent(answer):
                    yield event("done", answer)
