"""The Events API, commands and buttons over HTTP: `POST /slack/events` of `dateline serve`, and the pages with which a
workspace installs the app.

Bolt verifies Slack's signature and the age of the request (five minutes). What its verification would stumble over, a
timestamp that is no number or a body that is no text, is refused before.
"""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ingest.errors import DatelineError
from service.slack.bot import SlackBot

_log = logging.getLogger("dateline.slack")


class HttpEvents:
    """Hands requests to the bot; `start` and `stop` are called on the server's event loop."""

    def __init__(self, bot: SlackBot) -> None:
        """A bot that verifies no requests takes none: where Socket Mode brings the events, only the pages of an
        installation are served here."""
        self.takes_events = bot.verifies_requests
        self.offers_install = bot.app.oauth_flow is not None
        self._bot = bot
        self._learning: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Find out where the bot answers, beside whatever else is being started."""
        self._learning = asyncio.create_task(self._learn())

    async def handle(self, request: Request) -> Response:
        """The reply to one request; the work it asks for goes on after it."""
        body = await request.body()
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
            return _refused()
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            return _refused()
        response = await self._bot.app.async_dispatch(to_async_bolt_request(request, body))
        return to_starlette_response(response)

    async def install(self, request: Request) -> Response:
        """The page on which an installation begins."""
        return to_starlette_response(await self._flow.handle_installation(_without_body(request)))

    async def installed(self, request: Request) -> Response:
        """The page on which it ends: Slack leads the browser here.

        Raises:
            DatelineError: the store that replicas share does not answer.
        """
        return to_starlette_response(await self._flow.handle_callback(_without_body(request)))

    async def stop(self) -> None:
        """Stop answering."""
        if self._learning is not None:
            self._learning.cancel()
        await self._bot.close()

    @property
    def _flow(self) -> AsyncOAuthFlow:
        flow = self._bot.app.oauth_flow
        if flow is None:
            raise LookupError("this bot is not installed by workspaces")
        return flow

    async def _learn(self) -> None:
        try:
            _log.info("answering in %s", await self._bot.begin())
        except DatelineError as error:
            _log.error("Slack does not know the bot: %s (`dateline slack check` says more)", error)


def _without_body(request: Request) -> AsyncBoltRequest:
    return to_async_bolt_request(request, b"")


def _refused() -> Response:
    return JSONResponse({"error": "invalid request"}, status_code=401)
