"""The message that grows: the whole answer is always what is there in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ingest.errors import UpstreamUnavailable
from service.slack.clients import web_client
from service.slack.notices import TOO_LONG_IN_PRIVATE, notice, working
from service.slack.replying import PrivateReply, ThreadReply, respond
from tests.slack.newsroom import played, shown
from tests.slack.slack_server import BOT_TOKEN, CHANNEL, SlackServer

PART, WHOLE = notice("The bridge"), notice("The bridge opens in June.")


@asynccontextmanager
async def replying(update_every_s: float = 0.05) -> AsyncIterator[tuple[SlackServer, ThreadReply]]:
    """A reply that has begun."""
    slack = SlackServer()
    await slack.start()
    reply = ThreadReply(web_client(BOT_TOKEN, slack.api_url), CHANNEL, "1.1", update_every_s=update_every_s)
    try:
        await reply.begin(working())
        yield slack, reply
    finally:
        await slack.stop()
    assert slack.problems == []


def texts(slack: SlackServer) -> list[str]:
    """What stands in the channel."""
    return [shown(message) for _, message in sorted(slack.messages.items())]


def test_what_comes_late_does_not_come_after_the_whole() -> None:
    async def scene() -> None:
        async with replying() as (slack, reply):
            await reply.grow(PART)
            await reply.finish([WHOLE])
            assert reply._growing is not None
            await reply._growing  # it wakes when the answer is whole
            assert texts(slack) == [shown({"blocks": WHOLE.blocks})]

    played(scene())


def test_an_edit_under_way_comes_before_the_whole() -> None:
    async def scene() -> None:
        async with replying(update_every_s=0) as (slack, reply):
            for _ in range(20):
                await reply.grow(PART)
            await reply.finish([WHOLE, PART])
            assert texts(slack) == [shown({"blocks": one.blocks}) for one in (WHOLE, PART)]

    played(scene())


def test_a_message_that_somebody_deleted_stays_deleted() -> None:
    async def scene() -> None:
        async with replying() as (slack, reply):
            slack.messages.clear()
            await reply.finish([WHOLE])
            assert texts(slack) == []

    played(scene())


def test_a_message_that_may_not_be_edited_is_followed_by_another() -> None:
    async def scene() -> None:
        async with replying() as (slack, reply):
            slack.refused["chat.update"] = [{"error": "edit_window_closed"}]
            await reply.finish([WHOLE])
            assert texts(slack)[1:] == [shown({"blocks": WHOLE.blocks})]

    played(scene())


def test_a_private_answer_has_five_messages_at_most() -> None:
    async def scene() -> None:
        slack = SlackServer()
        await slack.start()
        try:
            await PrivateReply(slack.response_url).finish([WHOLE] * 9)
            assert len(slack.said("respond")) == 5
            assert shown(slack.said("respond")[-1]) == TOO_LONG_IN_PRIVATE
            slack.limited["respond"] = [1]
            await respond(slack.response_url, PART)
            assert len(slack.said("respond")) == 6
        finally:
            await slack.stop()
        with pytest.raises(UpstreamUnavailable, match=r"cannot be reached|broke"):
            await PrivateReply("no address").finish([WHOLE])

    played(scene())
