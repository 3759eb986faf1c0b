"""The Events API, commands and buttons over HTTP: `POST /slack/events` of `dateline serve`.

Bolt verifies Slack's signature and the age of the request (five minutes). What its verification would stumble over, a
timestamp that is no number or a body that is no text, is refused before.
"""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ingest.errors import DatelineError
from service.slack.bot import SlackBot

_log = logging.getLogger("dateline.slack")


class HttpEvents:
    """Hands requests to the bot; `start` and `stop` are called on the server's event loop."""

    def __init__(self, bot: SlackBot) -> None:
        self._bot = bot
        self._learning: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Find out who the bot is, beside whatever else is being started."""
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

    async def stop(self) -> None:
        """Stop answering."""
        if self._learning is not None:
            self._learning.cancel()
        await self._bot.close()

    async def _learn(self) -> None:
        try:
            await self._bot.identity()
        except DatelineError as error:
            _log.error("Slack does not know the bot: %s (`dateline slack check` says more)", error)


def _refused() -> Response:
    return JSONResponse({"error": "invalid request"}, status_code=401)
