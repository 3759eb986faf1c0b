"""Replicas of a server whose Slack app several workspaces install, a browser that does so, and Slack's side of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from service.api.app import create_app
from service.settings import ServiceSettings
from service.shared_store import SharedStore
from service.slack.desk import Desk
from service.slack.http_events import HttpEvents
from service.slack.opening import open_bot, store_of
from service.slack.sealing import new_key
from tests.service.api.access_samples import Site
from tests.slack.block_rules import PUBLIC_URL
from tests.slack.newsroom import AUKUS, Newsroom
from tests.slack.slack_oauth import CLIENT_ID, CLIENT_SECRET, Team
from tests.slack.slack_server import ASKER, SlackServer

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
COURIER = Team("T0COURIER", "Courier", "U0BOTC", "B0BOTC")
HERALD = Team("T0HERALD", "Herald", "U0BOTH", "B0BOTH")
ORGANIZATION = Team("", "Press Group", "U0BOTE", "B0BOTE", enterprise_id="E0GROUP")
KEY = new_key()


def settings_for(slack: SlackServer, data_dir: Path, **fields: Any) -> ServiceSettings:
    """Everything in order, but for `fields`."""
    known: dict[str, Any] = {
        "data_dir": data_dir,
        "slack_client_id": CLIENT_ID,
        "slack_client_secret": SecretStr(CLIENT_SECRET),
        "slack_store_key": SecretStr(KEY),
        "slack_signing_secret": SecretStr(SIGNING_SECRET),
        "slack_teams": "T0COURIER,T0HERALD",
        "slack_api_url": slack.api_url,
        "public_url": PUBLIC_URL,
        "feedback": False,
    }
    return ServiceSettings(**(known | fields))


class Door(httpx.AsyncBaseTransport):
    """The address that replicas share: `replica` is the one that takes the next request."""

    def __init__(self, apps: Sequence[FastAPI]) -> None:
        self._transports = [httpx.ASGITransport(app) for app in apps]
        self.replica = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the replica."""
        return await self._transports[self.replica].handle_async_request(request)


@dataclass
class Press:
    """The replicas, Slack, and who uses them."""

    slack: SlackServer
    door: Door
    rooms: list[Newsroom]
    apps: list[FastAPI]
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> httpx.AsyncClient:
        """A new one, without cookies."""
        self.browsers.append(httpx.AsyncClient(transport=self.door, base_url=PUBLIC_URL))
        return self.browsers[-1]

    async def allowed(self, browser: httpx.AsyncClient, team: Team | None) -> str:
        """Begin an installation, and allow it on Slack's page; gives the address to which Slack leads back."""
        page = await browser.get("/slack/install")
        assert page.status_code == 200, page.text
        self.slack.grants.choosing = team
        async with httpx.AsyncClient() as outside:
            reply = await outside.get(slack_link(page.text))
        assert reply.status_code == 302
        return reply.headers["location"]

    async def install(self, team: Team, browser: httpx.AsyncClient | None = None) -> httpx.Response:
        """The whole way; gives the last page."""
        browser = browser or self.browser()
        return await browser.get(await self.allowed(browser, team))

    async def post(self, body: bytes, content_type: str = "application/json") -> httpx.Response:
        """A request that Slack signed."""
        timestamp = str(int(time.time()))
        signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
        headers = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signature.hexdigest()}",
            "Content-Type": content_type,
        }
        return await self.browser().post("/slack/events", content=body, headers=headers)

    async def event(self, team: Team, event: dict[str, Any], **more: Any) -> httpx.Response:
        """An event of a workspace."""
        whose = {"team_id": team.team_id or "T0ANY", "enterprise_id": team.enterprise_id or None}
        body = {
            "type": "event_callback",
            "event_id": f"Ev{len(self.slack.log)}-{time.monotonic_ns()}",
            "event_time": int(time.time()) + 1,
            "event": event,
            "authorizations": [
                {**whose, "user_id": team.bot_user, "is_enterprise_install": not team.team_id}
            ],
            **whose,
        }
        return await self.post(json.dumps(body | more).encode())

    async def mention(self, team: Team, text: str = AUKUS) -> httpx.Response:
        """Somebody mentions the bot of a workspace, in a channel that has the same id in all of them."""
        channel = f"C0{team.name[:5].upper().strip()}"
        self.slack.members.add(channel)
        message = self.slack.put(channel, ASKER, f"<@{team.bot_user}> {text}")
        return await self.event(team, {**message, "type": "app_mention"})

    def posted(self) -> list[tuple[str, str]]:
        """Token and thread of every message that was posted."""
        return [
            (call.token, str(call.params.get("thread_ts")))
            for call in self.slack.calls
            if call.method == "chat.postMessage" and call.status == 200
        ]

    def token(self, team: Team) -> str:
        """The token that Slack gave for a workspace."""
        return self.slack.grants.token_of(team)


@asynccontextmanager
async def press(
    desk: Desk,
    data_dir: Path,
    *,
    replicas: int = 1,
    store: SharedStore | None = None,
    slack: SlackServer | None = None,
    site: Site | None = None,
    **fields: Any,
) -> AsyncIterator[Press]:
    """So many replicas over one store; every message they send must be a good one."""
    own = slack is None
    slack = slack or SlackServer()
    if own:
        await slack.start()
    settings = settings_for(slack, data_dir, **fields)
    store = store or store_of(settings)
    site = site or Site(keys={"cms": ("read",)})
    bots = [open_bot(desk, settings, store=store, over_http=True) for _ in range(replicas)]
    apps = [create_app(site.services, access=site.access(), slack=HttpEvents(bot)) for bot in bots]
    found = Press(slack, Door(apps), [Newsroom(slack, bot) for bot in bots], apps)
    try:
        async with AsyncExitStack() as stack:
            for app in apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield found
            for browser in found.browsers:
                await browser.aclose()
    finally:
        if own:
            await slack.stop()
    assert slack.problems == []


def slack_link(page: str) -> str:
    """The link to Slack on the page where an installation begins."""
    found = re.search(r'href="([^"]*/oauth/v2/authorize[^"]*)"', page)
    assert found is not None, page
    return unescape(found[1])
