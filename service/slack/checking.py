"""What `dateline slack check` finds out: tokens, scopes, Socket Mode, channels; for each, what to do. Never raises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import DatelineError, SettingsError
from service.doctor import Check
from service.slack.bot import identity_of
from service.slack.calling import SlackRefused, called
from service.slack.clients import TIMEOUT_S, web_client
from service.slack.opening import needed
from service.slack.scopes import APP_SCOPE, BOT_SCOPES, NEEDED
from service.slack.threads import Identity

if TYPE_CHECKING:
    from service.settings import ServiceSettings

PATIENCE_S = 10.0
MOST_NAMED = 10
REINSTALL = "add it under OAuth & Permissions (or paste docs/slack/manifest.yaml again) and reinstall the app"
APP_TOKEN_PAGE = "Basic Information, App-Level Tokens"


async def check(settings: ServiceSettings, channels: Sequence[str] = ()) -> list[Check]:
    """Every finding, in the order to read it. `channels` are ids of channels in which the bot is meant to answer."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        found: list[Check] = []
        client = _client(settings, session, found)
        if client is not None:
            identity = await _identity(client, found)
            if identity is not None:
                found += _scopes(identity)
                found.append(await _membership(client))
                found += [await _channel(client, channel) for channel in channels]
        found += await _app_token(settings, session)
        found += _http(settings)
        found.append(_links(settings))
        return found


def _client(
    settings: ServiceSettings, session: aiohttp.ClientSession, found: list[Check]
) -> AsyncWebClient | None:
    try:
        token = needed(settings.slack_bot_token, "SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions")
    except SettingsError as error:
        found.append(Check("bot token", "fail", str(error), "docs/slack.md says how to get it"))
        return None
    client = web_client(token, settings.slack_api_url)
    client.session = session
    return client


async def _identity(client: AsyncWebClient, found: list[Check]) -> Identity | None:
    try:
        reply = await called(lambda: client.auth_test(), patience_s=PATIENCE_S)
    except SlackRefused as error:
        found.append(Check("bot token", "fail", str(error), "correct SLACK_BOT_TOKEN"))
        return None
    except DatelineError as error:
        found.append(Check("bot token", "fail", str(error), "look at the network, or try again in a minute"))
        return None
    said = reply.data if isinstance(reply.data, dict) else {}
    found.append(Check("bot token", "ok", f"@{said.get('user', '?')} in {said.get('team', '?')}"))
    return identity_of(reply.data, reply.headers)


def _scopes(identity: Identity) -> list[Check]:
    missing = [scope for scope in BOT_SCOPES if scope not in identity.scopes]
    if not missing:
        return [Check("scopes", "ok", f"all {len(BOT_SCOPES)} are granted")]
    return [
        Check(
            "scope",
            "fail" if scope in NEEDED else "warn",
            f"{scope} is missing: {BOT_SCOPES[scope]}",
            REINSTALL,
        )
        for scope in missing
    ]


async def _membership(client: AsyncWebClient) -> Check:
    try:
        reply = await called(
            lambda: client.users_conversations(
                types="public_channel,private_channel", exclude_archived=True, limit=200
            ),
            patience_s=PATIENCE_S,
        )
    except DatelineError as error:
        return Check("channels", "warn", f"cannot be listed: {error}", REINSTALL)
    names = [f"#{channel.get('name', channel.get('id', '?'))}" for channel in reply.get("channels") or []]
    if not names:
        remedy = "type /invite @Dateline in a channel; direct messages and /dateline need no invitation"
        return Check("channels", "warn", "the bot is in no channel yet", remedy)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return Check("channels", "ok", f"the bot is in {', '.join(names[:MOST_NAMED])}{more}")


async def _channel(client: AsyncWebClient, channel: str) -> Check:
    try:
        await called(lambda: client.conversations_history(channel=channel, limit=1), patience_s=PATIENCE_S)
    except SlackRefused as error:
        outside = error.code in ("not_in_channel", "channel_not_found")
        remedy = f"type /invite @Dateline in {channel}" if outside else REINSTALL
        return Check("channel", "fail", f"{channel}: {error}", remedy)
    except DatelineError as error:
        return Check("channel", "fail", f"{channel}: {error}", "try again in a minute")
    return Check("channel", "ok", f"{channel}: the bot is there and may read its threads")


async def _app_token(settings: ServiceSettings, session: aiohttp.ClientSession) -> list[Check]:
    if settings.slack_app_token is None and settings.slack_signing_secret is not None:
        return []  # HTTP instead of Socket Mode
    try:
        token = needed(settings.slack_app_token, "SLACK_APP_TOKEN", "xapp-", APP_TOKEN_PAGE)
        client = web_client(None, settings.slack_api_url)
        client.session = session
        await called(lambda: client.apps_connections_open(app_token=token), patience_s=PATIENCE_S)
    except SettingsError as error:
        return [Check("app token", "fail", str(error), f"make one with the scope {APP_SCOPE}")]
    except SlackRefused as error:
        remedy = f"switch Socket Mode on, and make a token with the scope {APP_SCOPE} under {APP_TOKEN_PAGE}"
        return [Check("app token", "fail", str(error), remedy)]
    except DatelineError as error:
        return [Check("app token", "fail", str(error), "look at the network, or try again in a minute")]
    return [Check("app token", "ok", "Socket Mode is on: `dateline slack` can connect")]


def _http(settings: ServiceSettings) -> list[Check]:
    if settings.slack_signing_secret is None:
        return [
            Check(
                "http",
                "ok",
                "SLACK_SIGNING_SECRET is not set: no POST /slack/events, which Socket Mode does not need",
            )
        ]
    return [Check("http", "ok", "`dateline serve` takes Slack's requests at POST /slack/events")]


def _links(settings: ServiceSettings) -> Check:
    if settings.public_url:
        return Check("links", "ok", f"sources link to {settings.public_url}")
    remedy = "set DATELINE_PUBLIC_URL to where readers reach `dateline serve`"
    return Check("links", "warn", "sources are named by file and line, without a link", remedy)
