"""A workspace with the bot in it: the real Bolt and SDK over real services, and a Slack on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ingest.records import StoredArticle
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent
from service.slack.bot import SlackBot
from service.slack.commenting import FeedbackStore
from service.slack.desk import Desk, OwnDesk
from service.slack.one_workspace import OneWorkspace
from service.slack.pool import WorkPool
from service.slack.socket_mode import run_socket_mode
from service.summaries import SummaryRequest
from service.summary_events import SummaryEvent
from service.wiring import Services
from tests.slack.block_rules import PUBLIC_URL
from tests.slack.slack_server import APP_TOKEN, ASKER, BOT_TOKEN, BOT_USER, CHANNEL, DIRECT, TEAM, SlackServer

PATIENCE_S = 60
"""Until a test gives up; nothing is asserted about time."""
AUKUS = "What did Biden say about AUKUS?"


class WatchedDesk:
    """The services' desk, which notes what was asked and lets a test hold answers back; the events of a question
    without history are kept, so that twenty copies of it cost one answer."""

    def __init__(self, services: Services) -> None:
        self._desk = OwnDesk(services)
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.finished: list[str] = []
        self.before: Callable[[], object] = lambda: None
        self.between: Callable[[], object] = lambda: None
        self._known: dict[str, list[AskEvent]] = {}

    def ask_events(
        self, question: str, *, history: Sequence[Turn] = (), cancellation: Cancellation | None = None
    ) -> Iterator[AskEvent]:
        """As the services do."""
        self.asked.append((question, tuple(history)))
        self.before()
        if history or question not in self._known:
            found = list(self._desk.ask_events(question, history=history, cancellation=cancellation))
            if history:
                yield from found
                return
            self._known[question] = found
        for event in self._known[question]:
            yield event
            self.between()
        self.finished.append(question)

    def summarize_events(
        self, request: SummaryRequest, *, cancellation: Cancellation | None = None
    ) -> Iterator[SummaryEvent]:
        """As the services do."""
        return self._desk.summarize_events(request, cancellation=cancellation)

    def article(self, key: str) -> StoredArticle:
        """As the services do."""
        return self._desk.article(key)

    def prompts(self, limit: int) -> Sequence[str]:
        """Without waiting for the search."""
        return (AUKUS,)[:limit]


@dataclass
class Newsroom:
    """What a test does in the workspace."""

    slack: SlackServer
    bot: SlackBot
    running: asyncio.Task[None] | None = None

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until it does."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await asyncio.sleep(0.01)

    async def event(self, event: dict[str, Any], event_id: str | None = None, *, retry: int = 0) -> str:
        """An event, acknowledged; gives the envelope's id."""
        payload = {
            "type": "event_callback",
            "team_id": TEAM,
            "event_id": event_id or f"Ev{len(self.slack.log)}-{event.get('ts', '')}",
            "event": event,
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        }
        envelope = await self.slack.send("events_api", payload, retry=retry)
        await self.until(lambda: envelope in self.slack.acks)
        return envelope

    async def mention(self, text: str, *, thread_ts: str | None = None, channel: str = CHANNEL) -> str:
        """Somebody mentions the bot; gives the message's ts."""
        message = self.slack.put(channel, ASKER, f"<@{BOT_USER}> {text}", thread_ts)
        await self.event({**message, "type": "app_mention"})
        return str(message["ts"])

    async def direct(self, text: str, *, thread_ts: str | None = None, **more: Any) -> str:
        """Somebody writes to the bot."""
        message = self.slack.put(DIRECT, ASKER, text, thread_ts)
        await self.event({**message, "channel_type": "im", **more})
        return str(message["ts"])

    async def command(self, text: str, channel: str = CHANNEL) -> Any:
        """`/dateline text`; gives what the acknowledgement showed."""
        payload = {
            "command": "/dateline",
            "text": text,
            "user_id": ASKER,
            "team_id": TEAM,
            "channel_id": channel,
            "trigger_id": f"t{len(self.slack.log)}",
            "response_url": self.slack.response_url,
        }
        envelope = await self.slack.send("slash_commands", payload)
        await self.until(lambda: envelope in self.slack.acks)
        return self.slack.acks[envelope]

    async def press(
        self, button: dict[str, Any], message: dict[str, Any] | None = None, user: str = ASKER
    ) -> None:
        """Somebody presses a button."""
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "team": {"id": TEAM},
            "channel": {"id": CHANNEL},
            "trigger_id": "t1",
            "response_url": self.slack.response_url,
            "actions": [{**button, "block_id": "b", "action_ts": "1"}],
            **({"message": message} if message else {"container": {"type": "message", "is_ephemeral": True}}),
        }
        envelope = await self.slack.send("interactive", payload)
        await self.until(lambda: envelope in self.slack.acks)

    async def send_back(self, view: dict[str, Any], text: str | None, user: str = ASKER) -> Any:
        """Somebody presses a window's button after writing into it; gives what the acknowledgement showed."""
        block = next(block for block in view["blocks"] if block["type"] == "input")
        field = {"type": "plain_text_input", "value": text}
        payload = {
            "type": "view_submission",
            "user": {"id": user},
            "team": {"id": TEAM},
            "view": view
            | {
                "id": "V1",
                "app_installed_team_id": TEAM,
                "state": {"values": {block["block_id"]: {block["element"]["action_id"]: field}}},
            },
        }
        envelope = await self.slack.send("interactive", payload)
        await self.until(lambda: envelope in self.slack.acks)
        return self.slack.acks[envelope]

    async def shortcut(self, message: dict[str, Any], channel: str = CHANNEL) -> None:
        """ "Ask Dateline about this" on a message."""
        payload = {
            "type": "message_action",
            "callback_id": "dateline_ask",
            "user": {"id": ASKER},
            "team": {"id": TEAM},
            "channel": {"id": channel},
            "message": message,
            "trigger_id": f"t{len(self.slack.log)}",
            "response_url": self.slack.response_url,
        }
        envelope = await self.slack.send("interactive", payload)
        await self.until(lambda: envelope in self.slack.acks)

    def answers(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """The bot's finished answers, by the id of their first block and their buttons, oldest first."""
        return [
            message
            for (place, _), message in sorted(self.slack.messages.items())
            if place == channel and message.get("bot_id") and _finished(message)
        ]

    async def answered(self, count: int = 1, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """Wait for so many answers."""
        await self.until(lambda: len(self.answers(channel)) >= count)
        return self.answers(channel)


@asynccontextmanager
async def newsroom(
    desk: Desk,
    *,
    feedback: FeedbackStore | None = None,
    pool: WorkPool | None = None,
    public_url: str = PUBLIC_URL,
    update_every_s: float = 0.02,
    ping_every_s: float = 0.2,
    slack: SlackServer | None = None,
) -> AsyncIterator[Newsroom]:
    """The bot connected in Socket Mode. At the end, every message it sent must have been a good one."""
    slack = slack or SlackServer()
    await slack.start()
    bot = SlackBot(
        desk,
        OneWorkspace(BOT_TOKEN, slack.api_url),
        public_url=public_url,
        feedback=feedback,
        pool=pool,
        update_every_s=update_every_s,
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(
        run_socket_mode(
            bot,
            app_token=APP_TOKEN,
            api_url=slack.api_url,
            stop=stop,
            on_ready=lambda _: ready.set(),
            ping_every_s=ping_every_s,
        )
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        room = Newsroom(slack, bot, running)
        await room.until(lambda: slack.connections)
        yield room
    finally:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        await slack.stop()
    assert slack.problems == []


def played(scene: Coroutine[Any, Any, None]) -> None:
    """Run a scene on an event loop of its own."""
    asyncio.run(scene)


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A message's buttons by action id."""
    return {
        element["action_id"]: element
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    }


def shown(message: dict[str, Any]) -> str:
    """All literal text of a message."""

    def texts(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("text"), str):
                yield part["text"]
            for value in part.values():
                yield from texts(value)
        elif isinstance(part, list | tuple):
            for value in part:
                yield from texts(value)

    return "".join(texts(list(message["blocks"])))


def _finished(message: dict[str, Any]) -> bool:
    return any(block.get("block_id") == "dateline-answer" for block in message["blocks"]) and (
        "Reading the articles" not in shown(message)
    )
