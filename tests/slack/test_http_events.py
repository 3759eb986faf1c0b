"""`POST /slack/events`: verified by Slack's signature, acknowledged at once, open without an API key."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import SecretStr

from ingest.errors import SettingsError
from service.api.app import create_app
from service.settings import ServiceSettings
from service.slack.bot import SlackBot
from service.slack.http_events import HttpEvents
from service.slack.one_workspace import OneWorkspace
from service.slack.opening import open_http_events
from service.wiring import Services
from tests.service.api.access_samples import Site
from tests.slack.block_rules import PUBLIC_URL
from tests.slack.newsroom import AUKUS, Newsroom, WatchedDesk, played, shown
from tests.slack.slack_server import ASKER, BOT_TOKEN, BOT_USER, CHANNEL, TEAM, SlackServer

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture(scope="module")
def desk(sample_services: Services) -> WatchedDesk:
    """One for the whole module."""
    return WatchedDesk(sample_services)


@dataclass
class Line:
    """Slack's side of the HTTP line."""

    room: Newsroom
    http: httpx.AsyncClient

    async def post(
        self,
        body: bytes,
        *,
        age_s: float = 0,
        secret: str = SECRET,
        timestamp: str | None = None,
        content_type: str = "application/json",
    ) -> httpx.Response:
        """A signed request."""
        if timestamp is None:
            timestamp = str(int(time.time() - age_s))
        base = b"v0:" + timestamp.encode() + b":" + body
        signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        signed = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        headers = signed | {"Content-Type": content_type}
        return await self.http.post("/slack/events", content=body, headers=headers)

    async def mention(self, event_id: str = "Ev1", **how: Any) -> httpx.Response:
        """Somebody mentions the bot."""
        return await self.post(mentioned(self.room, event_id), **how)


def mentioned(room: Newsroom, event_id: str) -> bytes:
    """The event of a mention."""
    message = room.slack.put(CHANNEL, ASKER, f"<@{BOT_USER}> {AUKUS}")
    body = {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": event_id,
        "event": {**message, "type": "app_mention"},
    }
    return json.dumps(body).encode()


@asynccontextmanager
async def lined(desk: WatchedDesk) -> AsyncIterator[Line]:
    """The HTTP server, which asks everybody else for API keys, and the bot behind it."""
    slack = SlackServer()
    await slack.start()
    bot = SlackBot(
        desk,
        OneWorkspace(BOT_TOKEN, slack.api_url),
        signing_secret=SECRET,
        public_url=PUBLIC_URL,
        update_every_s=30,
    )
    site = Site(keys={"cms": ("read",)})
    app = create_app(site.services, access=site.access(), slack=HttpEvents(bot))
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://dateline.example") as http,
        ):
            yield Line(Newsroom(slack, bot), http)
    finally:
        await slack.stop()
    assert slack.problems == []


def test_a_signed_event_is_acknowledged_before_the_answer_and_answered(desk: WatchedDesk) -> None:
    gate = threading.Event()
    desk.before = gate.wait

    async def scene() -> None:
        async with lined(desk) as line:
            try:
                replies = [await line.mention("Ev1") for _ in range(3)]  # three messages, one event id
                assert [reply.status_code for reply in replies] == [200, 200, 200]
                assert desk.finished == []
            finally:
                gate.set()
            (answer,) = await line.room.answered()
            assert "exploring how Japan can join our work" in shown(answer)
            assert (await line.http.post("/v1/ask", json={"question": AUKUS})).status_code == 401

    played(scene())
    assert len(desk.asked) == 1


def test_slack_finds_the_address_when_it_is_set_up(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with lined(desk) as line:
            body = json.dumps({"type": "url_verification", "challenge": "c1", "token": "t"}).encode()
            reply = await line.post(body, content_type="application/json")
            assert reply.json() == {"challenge": "c1"}

    played(scene())


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "another"},
        {"age_s": 301},
        {"age_s": -301},
        {"timestamp": "soon"},
        {"timestamp": ""},
        {"timestamp": "9" * 40},
    ],
    ids=str,
)
def test_what_is_not_signed_or_not_of_now_is_refused(desk: WatchedDesk, how: dict[str, Any]) -> None:
    desk.asked.clear()

    async def scene() -> None:
        async with lined(desk) as line:
            reply = await line.mention(**how)
            assert (reply.status_code, reply.json()) == (401, {"error": "invalid request"})
            unsigned = await line.http.post("/slack/events", content=mentioned(line.room, "Ev1"))
            assert unsigned.status_code == 401
            garbled = await line.post(b"\xff\xfe")
            assert garbled.status_code == 401

    played(scene())
    assert desk.asked == []


def test_a_request_may_not_be_larger_than_slacks_are(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with lined(desk) as line:
            assert (await line.post(b"x" * 1_000_001)).status_code == 413

    played(scene())


def test_commands_come_the_same_way(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with lined(desk) as line:
            body = urlencode(
                {
                    "command": "/dateline",
                    "text": f"ask {AUKUS}",
                    "user_id": ASKER,
                    "team_id": TEAM,
                    "channel_id": CHANNEL,
                    "trigger_id": "t1",
                    "response_url": line.room.slack.response_url,
                }
            ).encode()
            reply = await line.post(body, content_type="application/x-www-form-urlencoded")
            assert "Reading the articles" in reply.json()["text"]
            await line.room.until(lambda: line.room.slack.said("respond"))

    played(scene())


def test_half_a_configuration_is_an_error(sample_services: Services) -> None:
    settings = ServiceSettings(slack_signing_secret=SecretStr(SECRET))
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN is not set"):
        open_http_events(sample_services, settings)
