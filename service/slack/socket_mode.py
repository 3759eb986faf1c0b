"""Running the bot in Socket Mode: a WebSocket out to Slack, so that no address of ours has to be public."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

from service.slack.bot import SlackBot
from service.slack.calling import SlackRefused, called
from service.slack.clients import quiet_logger, web_client

PING_EVERY_S = 10.0
"""A connection that has been silent for four of these is replaced."""


async def run_socket_mode(
    bot: SlackBot,
    *,
    app_token: str,
    api_url: str,
    stop: asyncio.Event,
    on_ready: Callable[[str], None],
    ping_every_s: float = PING_EVERY_S,
) -> None:
    """Answer until `stop` is set; then what is being answered is cancelled. The bot is closed at the end. `on_ready`
    hears where it answers. One connection brings the events of every workspace that installed the app.

    The client connects again by itself when the connection drops, or when Slack asks it to.

    Raises:
        SlackRefused: a token is not good, or the app was uninstalled.
        TransientError: Slack could not be reached at the start.
    """
    try:
        named = await bot.begin()
        client = web_client(None, api_url)
        opened = await called(lambda: client.apps_connections_open(app_token=app_token), patience_s=30)
        handler = AsyncSocketModeHandler(
            bot.app, app_token, logger=quiet_logger(), web_client=client, ping_interval=ping_every_s
        )
        handler.client.wss_uri = opened["url"]
        try:
            await handler.client.connect()  # type: ignore[no-untyped-call]
            on_ready(named)
            await _first_of(stop, bot.workspaces.lost)
        finally:
            await handler.client.close()  # type: ignore[no-untyped-call]
    finally:
        await bot.close()
    if bot.workspaces.lost.is_set():
        raise SlackRefused(bot.workspaces.lost_because, "uninstalled")


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
