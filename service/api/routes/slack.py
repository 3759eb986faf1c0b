"""`POST /slack/events`: everything Slack sends (events, commands, shortcuts, presses), verified by its signature.

No API key is asked for: Slack has none. Whoever cannot sign with the app's secret gets 401.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response

EVENTS_PATH = "/slack/events"


class SlackEvents(Protocol):
    """What answers Slack's requests."""

    async def start(self) -> None:
        """The server takes requests from now on."""

    async def handle(self, request: Request) -> Response:
        """The reply to one request."""

    async def stop(self) -> None:
        """No further request will come."""


def router(slack: SlackEvents) -> APIRouter:
    """The route over `slack`, which lives as long as the server."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await slack.start()
        try:
            yield
        finally:
            await slack.stop()

    routes = APIRouter(lifespan=lifespan)

    @routes.post(EVENTS_PATH, include_in_schema=False)
    async def events(request: Request) -> Response:
        """Slack's own format in and out."""
        return await slack.handle(request)

    return routes
