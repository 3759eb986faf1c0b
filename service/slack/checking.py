"""What `dateline slack check` finds out: tokens, scopes, Socket Mode, channels; for each, what to do. Never raises."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import DatelineError, SettingsError
from service.doctor import Check
from service.slack.calling import SlackRefused, called
from service.slack.clients import TIMEOUT_S, web_client
from service.slack.installations import EVERYBODY, AdmittedTeams, Installed
from service.slack.opening import app_credentials, needed, open_installations, public_address, store_of
from service.slack.scopes import APP_SCOPE, BOT_SCOPES, NEEDED
from service.slack.threads import Identity
from service.slack.workspaces import identity_of

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
        if settings.installed_by_workspaces:
            found += await _installed(settings, session, channels)
        else:
            try:
                token = needed(settings.slack_bot_token, "SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions")
            except SettingsError as error:
                found.append(Check("bot token", "fail", str(error), "docs/slack.md says how to get it"))
            else:
                client = _client(token, settings, session)
                found += await _workspace(client, channels, "bot token", "correct SLACK_BOT_TOKEN")
        found += await _app_token(settings, session)
        found += _http(settings)
        found.append(_links(settings))
        return found


def _client(token: str | None, settings: ServiceSettings, session: aiohttp.ClientSession) -> AsyncWebClient:
    client = web_client(token, settings.slack_api_url)
    client.session = session
    return client


async def _installed(
    settings: ServiceSettings, session: aiohttp.ClientSession, channels: Sequence[str]
) -> list[Check]:
    """The app that workspaces install, and each workspace that did."""
    found: list[Check] = []
    for what, about in (
        (app_credentials, "app"),
        (public_address, "redirect"),
        (lambda settings: AdmittedTeams.parsed(settings.slack_teams), "teams"),
    ):
        try:
            what(settings)
        except SettingsError as error:
            found.append(Check(about, "fail", str(error), "docs/slack.md, “Several workspaces”, says how"))
    if settings.slack_bot_token is not None:
        remedy = "remove SLACK_BOT_TOKEN, and install the app in its workspace at /slack/install"
        found.append(Check("bot token", "fail", "SLACK_BOT_TOKEN is for one workspace only", remedy))
    if found:
        return found
    admitted = AdmittedTeams.parsed(settings.slack_teams)
    found.append(_redirect(settings))
    found.append(_admitted(admitted))
    try:
        with closing(store_of(settings)) as store:
            workspaces = await open_installations(settings, store).installed()
    except DatelineError as error:
        remedy = "correct the setting, or start the store that it names"
        return [*found, Check("installed", "fail", str(error), remedy)]
    if not workspaces:
        remedy = f"open {settings.public_url.rstrip('/')}/slack/install"
        found.append(Check("installed", "warn", "no workspace has installed the app yet", remedy))
    for one in workspaces:
        found += await _installation(one, admitted, settings, session, channels)
    return found


async def _installation(
    one: Installed,
    admitted: AdmittedTeams,
    settings: ServiceSettings,
    session: aiohttp.ClientSession,
    channels: Sequence[str],
) -> list[Check]:
    about = "workspace"
    if one.bot is None:
        remedy = f"set the right key, or dateline slack workspaces remove {one.workspace}"
        return [Check(about, "fail", one.trouble, remedy)]
    if not admitted.admits(one.bot.enterprise_id, one.bot.team_id):
        remedy = f"add {one.workspace} to DATELINE_SLACK_TEAMS, or dateline slack workspaces remove {one.workspace}"
        return [Check(about, "warn", f"{one.named} is installed, but not admitted: not answered", remedy)]
    expires_at = one.bot.bot_token_expires_at
    if expires_at is not None and expires_at <= time.time():
        said = f"{one.named}: its token has run out, and is renewed with the next event"
        return [Check(about, "ok", said)]
    client = _client(one.bot.bot_token, settings, session)
    install = f"install the app again at {settings.public_url.rstrip('/')}/slack/install"
    whole = one.bot.is_enterprise_install
    made = await _workspace(client, channels, about, install, whole_organization=whole)
    return [replace(check, found=f"{one.named}: {check.found}") for check in made]


def _redirect(settings: ServiceSettings) -> Check:
    url = f"{public_address(settings)}/slack/oauth_redirect"
    return Check("redirect", "ok", f"{url} must stand under OAuth & Permissions, Redirect URLs")


def _admitted(admitted: AdmittedTeams) -> Check:
    if EVERYBODY in admitted.ids:
        remedy = "name the workspaces in DATELINE_SLACK_TEAMS, unless the archive is public"
        return Check("teams", "warn", "any workspace may install the app and ask the archive", remedy)
    if not admitted.ids:
        remedy = "set DATELINE_SLACK_TEAMS to the ids of the workspaces (T…) that may"
        return Check("teams", "warn", "no workspace may install the app yet", remedy)
    return Check("teams", "ok", f"may install it: {', '.join(sorted(admitted.ids))}")


async def _workspace(
    client: AsyncWebClient,
    channels: Sequence[str],
    about: str,
    remedy: str,
    *,
    whole_organization: bool = False,
) -> list[Check]:
    """A token, and what it may do where."""
    found: list[Check] = []
    identity = await _identity(client, found, about, remedy)
    if identity is None:
        return found
    found += _scopes(identity)
    if whole_organization:  # channels belong to its workspaces, which would have to be named one by one
        return found
    found.append(await _membership(client))
    return [*found, *[await _channel(client, channel) for channel in channels]]


async def _identity(client: AsyncWebClient, found: list[Check], about: str, remedy: str) -> Identity | None:
    try:
        reply = await called(lambda: client.auth_test(), patience_s=PATIENCE_S)
    except SlackRefused as error:
        found.append(Check(about, "fail", str(error), remedy))
        return None
    except DatelineError as error:
        found.append(Check(about, "fail", str(error), "look at the network, or try again in a minute"))
        return None
    said = reply.data if isinstance(reply.data, dict) else {}
    found.append(Check(about, "ok", f"@{said.get('user', '?')} in {said.get('team', '?')}"))
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
        client = _client(None, settings, session)
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
