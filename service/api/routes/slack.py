"""`POST /slack/events`: everything Slack sends (events, commands, shortcuts, presses), verified by its signature. And
the two pages with which a workspace installs the app, where several may.

No API key is asked for: neither Slack nor an installer's browser has one. Whoever cannot sign with the app's secret
gets 401 for events; an installation is begun and ended in one browser, within minutes, once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response

EVENTS_PATH = "/slack/events"
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"


class SlackEvents(Protocol):
    """What answers Slack's requests."""

    takes_events: bool
    offers_install: bool

    async def start(self) -> None:
        """The server takes requests from now on."""

    async def handle(self, request: Request) -> Response:
        """The reply to one request."""

    async def install(self, request: Request) -> Response:
        """The page on which an installation begins."""

    async def installed(self, request: Request) -> Response:
        """The page to which Slack leads the browser afterwards."""

    async def stop(self) -> None:
        """No further request will come."""


def router(slack: SlackEvents) -> APIRouter:
    """The routes over `slack`, which lives as long as the server."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await slack.start()
        try:
            yield
        finally:
            await slack.stop()

    routes = APIRouter(lifespan=lifespan)

    async def events(request: Request) -> Response:
        """Slack's own format in and out."""
        return await slack.handle(request)

    async def install(request: Request) -> Response:
        """A page for people."""
        return await slack.install(request)

    async def installed(request: Request) -> Response:
        """A page for people."""
        return await slack.installed(request)

    if slack.takes_events:
        routes.post(EVENTS_PATH, include_in_schema=False)(events)
    if slack.offers_install:
        routes.get(INSTALL_PATH, include_in_schema=False)(install)
        routes.get(REDIRECT_PATH, include_in_schema=False)(installed)
    return routes
