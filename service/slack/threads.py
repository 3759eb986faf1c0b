"""What was said before in a thread, so that a follow-up can be understood.

Read are the bot's own answers and the questions put to it; what people say to each other in a channel is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from service.conversation import Turn
from service.slack.answer_blocks import ANSWER_BLOCK
from service.slack.buttons import is_answer
from service.slack.calling import called
from service.slack.mrkdwn import readable
from service.slack.requests import MAX_QUESTION_CHARS, Question, wanted

PAGE_SIZE = 200
MOST_PAGES = 3
MOST_TURNS = 10
MOST_TURN_CHARS = 3000
PATIENCE_S = 10.0
"""An answer without the thread's history is better than one that comes after minutes."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in a workspace."""

    team_id: str
    team: str
    user_id: str
    bot_id: str
    scopes: frozenset[str] = frozenset()


def identity_in(context: AsyncBoltContext) -> Identity:
    """Who the bot is in the workspace of an event, as it was authorized."""
    return Identity(
        team_id=str(context.team_id or context.enterprise_id or ""),
        team="",
        user_id=str(context.bot_user_id or ""),
        bot_id=str(context.bot_id or ""),
    )


async def thread_history(
    client: AsyncWebClient, channel: str, thread_ts: str, before_ts: str, *, bot: Identity, direct: bool
) -> list[Turn]:
    """The latest turns of a thread before a message, oldest first. In a direct message every message is to the bot.

    Raises:
        SlackRefused: the app may not read there.
        TransientError: Slack did not answer in time.
    """
    messages: list[Mapping[str, Any]] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        reply = await called(
            lambda after=cursor: client.conversations_replies(  # type: ignore[misc]
                channel=channel, ts=thread_ts, latest=before_ts, limit=PAGE_SIZE, cursor=after or None
            ),
            patience_s=PATIENCE_S,
        )
        messages += reply.get("messages") or []
        cursor = (reply.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return turns_of(messages, before_ts, bot=bot, direct=direct)


def turns_of(
    messages: Sequence[Mapping[str, Any]], before_ts: str, *, bot: Identity, direct: bool
) -> list[Turn]:
    """The turns among the messages of a thread."""
    turns = []
    for message in messages:
        if _moment(str(message.get("ts", ""))) >= _moment(before_ts):
            continue
        text = str(message.get("text", ""))
        if message.get("user") == bot.user_id or message.get("bot_id") == bot.bot_id:
            if is_answer(message.get("blocks") or (), ANSWER_BLOCK):
                turns.append(Turn("assistant", readable(text)[:MOST_TURN_CHARS]))
        elif not message.get("bot_id") and (direct or f"<@{bot.user_id}" in text):
            asked = wanted(readable(text, bot.user_id))
            if isinstance(asked, Question):
                turns.append(Turn("user", asked.text[:MAX_QUESTION_CHARS]))
    return turns[-MOST_TURNS:]


def _moment(ts: str) -> tuple[int, int]:
    """Slack's `seconds.microseconds` as numbers: a float would lose the last digits."""
    seconds, _, rest = ts.partition(".")
    return (int(seconds) if seconds.isdigit() else 0, int(rest) if rest.isdigit() else 0)
