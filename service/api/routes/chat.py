"""`POST /v1/chat/completions` and `GET /v1/models`, as OpenAI's clients know them.

The model of such a client is a way to have questions answered from the articles: nothing in a conversation, its system
messages included, instructs Dateline to answer otherwise.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.answers import Answer
from service.api.admission import Line
from service.api.chat_errors import OpenAIRoute, Refused, openai_error, openai_errors
from service.api.chat_format import ReplyText, conversation
from service.api.chat_schemas import (
    DEFAULT_MODEL,
    ChatChunk,
    ChatCompletion,
    ChatRequest,
    Choice,
    ChunkChoice,
    Delta,
    Frame,
    Model,
    ModelList,
    ReplyMessage,
    TokenUsage,
)
from service.api.ports import Services
from service.api.routes.ask import asked
from service.api.schemas import Filters
from service.api.streaming import EVENT_STREAM, PING_S, attended, on_one_line, started
from service.events import AskEvent, DoneEvent, StatementEvent

_CHAT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; an abstention is an ordinary answer. With `stream`, chunks: the role, each "
        "verified statement, the sources with `citations` and `annotations`, the end, and `[DONE]`.",
        "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
    },
    **openai_errors(400, 404, 409, 413, 429, 502, 503),
}


def router(services: Services, line: Line) -> APIRouter:
    """The routes over `services`; whoever asks stands in `line`."""
    since = int(time.time())
    routes = APIRouter(prefix="/v1", tags=["openai"], route_class=OpenAIRoute)

    @routes.post(
        "/chat/completions",
        summary="Answer in OpenAI's format",
        response_model=ChatCompletion,
        responses=_CHAT_RESPONSES,
    )
    async def complete(body: ChatRequest, request: Request) -> ChatCompletion | Response:
        """The last user message is the question, the messages before it are the history. System messages are not
        read: answers rest on the articles only. Closing the connection stops the work."""
        engine = _engine_of(services, body.model)
        question, history = conversation(body.messages)
        filters = (body.filters or Filters()).to_filter()
        events = await asked(services, line, request, question, history, filters, engine)
        frame = await run_in_threadpool(_frame, services, body.model)
        text = ReplyText(str(request.base_url).rstrip("/"))
        if body.stream:
            chunks = _chunks(events, frame, text, body.wants_usage)
            return _chunk_response(request, await started(chunks))
        answer = await _whole(attended(request, events), text)
        message = ReplyMessage(content=text.text, **dict(text.extras(answer)))
        return ChatCompletion(
            **dict(frame), choices=[Choice(message=message)], usage=TokenUsage.of(answer.usage)
        )

    @routes.get("/models", summary="List the models", responses=openai_errors(503))
    def models() -> ModelList:
        """`dateline` answers with the engine this server is configured for; the others name theirs."""
        return ModelList(data=[Model(id=name, created=since) for name in _offered(services)])

    @routes.get("/models/{model}", summary="Show a model", responses=openai_errors(404, 503))
    def model(model: str) -> Model:
        """One of them."""
        _engine_of(services, model)
        return Model(id=model, created=since)

    return routes


def _offered(services: Services) -> dict[str, str | None]:
    """The models by name, and the engine each stands for; None leaves the choice to the configuration."""
    return {DEFAULT_MODEL: None} | {f"{DEFAULT_MODEL}-{engine}": engine for engine in services.engines()}


def _engine_of(services: Services, model: str) -> str | None:
    """Raises `Refused` for a model that there is not."""
    offered = _offered(services)
    if model not in offered:
        raise Refused(
            404,
            f"the model `{model[:80]}` does not exist here; there is: {', '.join(offered)}",
            param="model",
            code="model_not_found",
        )
    return offered[model]


def _frame(services: Services, model: str) -> Frame:
    generation = services.ready().generation
    return Frame(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=model,
        system_fingerprint=None if generation is None else f"generation-{generation}",
    )


async def _whole(events: AsyncGenerator[AskEvent], text: ReplyText) -> Answer:
    """The answer, with `text` written to its end."""
    async with aclosing(events):
        async for item in events:
            match item:
                case StatementEvent(statement, _):
                    text.statement(statement)
                case DoneEvent(answer):
                    text.ending(answer)
                    return answer
    raise AssertionError("an answer always ends with DoneEvent")


async def _chunks(
    events: AsyncGenerator[AskEvent], frame: Frame, text: ReplyText, usage: bool
) -> AsyncGenerator[ServerSentEvent]:
    def chunk(delta: Delta, finish: bool = False) -> ServerSentEvent:
        choice = ChunkChoice(delta=delta, finish_reason="stop" if finish else None)
        return _event(ChatChunk(**dict(frame), choices=[choice]))

    begun = False
    async with aclosing(events):
        async for item in events:
            if not begun:
                begun = True
                yield chunk(Delta(role="assistant", content=""))
            match item:
                case StatementEvent(statement, _):
                    yield chunk(Delta(content=text.statement(statement)))
                case DoneEvent(answer):
                    ending = text.ending(answer)
                    yield chunk(Delta(content=ending, **dict(text.extras(answer))))
                    yield chunk(Delta(), finish=True)
                    if usage:
                        yield _event(ChatChunk(**dict(frame), choices=[], usage=TokenUsage.of(answer.usage)))
                    yield ServerSentEvent(data="[DONE]", sep="\n")


def _event(chunk: ChatChunk) -> ServerSentEvent:
    unsaid = {"usage"} if chunk.usage is None else None
    return ServerSentEvent(data=on_one_line(chunk.model_dump_json(exclude=unsaid)), sep="\n")


def _chunk_response(request: Request, chunks: AsyncGenerator[ServerSentEvent]) -> EventSourceResponse:
    """The response for a stream. An error on the way is its last event, in OpenAI's shape."""

    async def guarded() -> AsyncIterator[ServerSentEvent]:
        async with aclosing(chunks):
            try:
                async for item in chunks:
                    yield item
            except Exception as error:  # noqa: BLE001 - the status line is gone: only the stream can tell
                _, body = openai_error(request, error)
                yield ServerSentEvent(data=on_one_line(body.model_dump_json()), sep="\n")

    return EventSourceResponse(guarded(), ping=PING_S, sep="\n")
