"""`POST /v1/ingest`, internal: the command line hands its work to the server that owns the index.

It makes the server read files of its own machine, so it is closed to everybody else: this process must own an
embedded index, the caller must be on the same machine (a loopback peer that names a loopback host, came through no
proxy and is no browser), and where the server wrote a token beside the index, the caller must know it.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from time import monotonic

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sse_starlette import ServerSentEvent
from starlette.exceptions import HTTPException

from ingest.report import IngestReport, Progress
from service.api.access.local import TOKEN_HEADER, is_local
from service.api.openapi import problems
from service.api.ports import Services
from service.api.results import IngestResult, ProgressData
from service.api.schemas import IngestRequest
from service.api.streaming import bridged, event, event_response

PROGRESS_INTERVAL_S = 0.1


def router(services: Services, token: str | None) -> APIRouter:
    """The route over `services`. A `token`, when given, must come in `X-Dateline-Token`."""

    def from_this_machine(request: Request) -> None:
        if services.settings.chroma_url is not None:
            raise HTTPException(403, "the index is on a Chroma server: ingest into it directly")
        if not is_local(request):
            raise HTTPException(
                403, "ingest work is taken from this machine only, directly and from no browser"
            )
        given = request.headers.get(TOKEN_HEADER, "")
        if token is not None and not secrets.compare_digest(given.encode(), token.encode()):
            raise HTTPException(403, f"{TOKEN_HEADER} is not the one this server wrote beside its index")

    routes = APIRouter(prefix="/v1", tags=["internal"], dependencies=[Depends(from_this_machine)])

    @routes.post(
        "/ingest",
        summary="Read files of this machine (internal)",
        response_class=Response,
        responses={
            200: {
                "description": "Events: `progress` as it goes, then `report`; or `error` with a problem document",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **problems(403, 413, 422),
        },
    )
    async def ingest(body: IngestRequest, request: Request) -> Response:
        """For `dateline ingest` when a running server owns the index. Closing the connection stops the work after
        the article at hand; what was finished stays, and the next run does the rest."""

        def work(emit: Callable[[Progress | IngestReport], None]) -> None:
            report = services.ingest(
                [Path(path) for path in body.paths],
                prune=body.prune,
                rebuild=body.rebuild,
                field_map=body.field_map,
                on_progress=_sparse(emit),
            )
            emit(report)

        return event_response(request, _shown(bridged(work)))

    return routes


def _sparse(emit: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """At most ten progress events a second, and always the last."""
    last = float("-inf")

    def report(progress: Progress) -> None:
        nonlocal last
        now = monotonic()
        if now - last >= PROGRESS_INTERVAL_S or progress.done >= progress.total:
            last = now
            emit(progress)

    return report


async def _shown(events: AsyncGenerator[Progress | IngestReport]) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(events):
        async for item in events:
            if isinstance(item, Progress):
                yield event("progress", ProgressData.of(item))
            else:
                yield event("report", IngestResult.of(item))
