"""Slack's realities: copies of events, limits, dropped connections, bots, deleted questions, lost installations."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from ingest.errors import UpstreamUnavailable
from service.slack.bot import SlackBot
from service.slack.calling import SlackRefused
from service.slack.notices import BUSY, UNSAID
from service.slack.one_workspace import OneWorkspace
from service.slack.pool import WorkPool
from service.slack.socket_mode import run_socket_mode
from service.wiring import Services
from tests.slack.newsroom import AUKUS, Newsroom, WatchedDesk, newsroom, played, shown
from tests.slack.slack_server import APP_TOKEN, ASKER, BOT_ID, BOT_USER, CHANNEL, DIRECT, SlackServer

JAPAN = "exploring how Japan can join our work"


@pytest.fixture(scope="module")
def answered_before(sample_services: Services) -> WatchedDesk:
    """A desk that knows the answer already."""
    desk = WatchedDesk(sample_services)
    assert list(desk.ask_events(AUKUS))
    return desk


@pytest.fixture
def desk(answered_before: WatchedDesk) -> WatchedDesk:
    """The same with nothing noted yet."""
    answered_before.asked.clear()
    answered_before.finished.clear()
    answered_before.before = answered_before.between = lambda: None
    return answered_before


async def last_said(room: Newsroom, text: str) -> None:
    """Wait until the bot's last word holds this."""

    def said() -> bool:
        messages = [one for one in room.slack.messages.values() if one.get("bot_id")]
        return any(text in shown(one) for one in messages)

    await room.until(said)


def test_twenty_copies_of_one_event_get_one_answer(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            message = room.slack.put(CHANNEL, ASKER, f"<@{BOT_USER}> {AUKUS}")
            copies = [room.event({**message, "type": "app_mention"}, "Ev1", retry=copy) for copy in range(20)]
            assert len(set(await asyncio.gather(*copies))) == 20  # each is acknowledged
            await room.answered()
            await room.mention("help")  # behind them all
            await last_said(room, "/dateline summarize")
            assert len(room.answers()) == 1

    played(scene())
    assert len(desk.asked) == 1


def test_events_are_acknowledged_while_twenty_questions_are_being_answered(desk: WatchedDesk) -> None:
    gate = threading.Event()
    desk.before = gate.wait

    async def scene() -> None:
        async with newsroom(desk) as room:
            try:
                for _ in range(20):
                    await room.mention(AUKUS)  # returns when it is acknowledged
                assert desk.finished == []
                assert room.bot.pool.under_way == 20
            finally:
                gate.set()
            assert len(await room.answered(20)) == 20

    played(scene())


def test_too_many_questions_are_declined_politely(desk: WatchedDesk) -> None:
    gate = threading.Event()
    desk.before = gate.wait

    async def scene() -> None:
        async with newsroom(desk, pool=WorkPool(at_once=1, most_waiting=1)) as room:
            try:
                for _ in range(3):
                    await room.mention(AUKUS)
                await last_said(room, BUSY)
                await room.command(f"ask {AUKUS}")
                await room.until(lambda: room.slack.said("respond"))
                assert BUSY in shown(room.slack.said("respond")[0])
            finally:
                gate.set()
            assert len(await room.answered(2)) == 2

    played(scene())
    assert len(desk.asked) == 2


def test_an_answer_grows_at_the_pace_that_slack_allows(desk: WatchedDesk) -> None:
    gate = threading.Event()
    desk.between = gate.wait

    async def scene() -> None:
        async with newsroom(desk) as room:
            room.slack.limited["chat.update"] = [1]
            try:
                await room.mention(AUKUS)
                desk.between = lambda: None
                gate.set()
                (answer,) = await room.answered()
            finally:
                gate.set()
            assert JAPAN in shown(answer)
            statuses = [call.status for call in room.slack.calls if call.method == "chat.update"]
            assert statuses.count(429) == 1
            assert 1 <= statuses.count(200) <= 2  # perhaps as it grew, and the whole; retries do not multiply

    played(scene())


def test_what_there_is_so_far_is_shown_before_the_whole(desk: WatchedDesk) -> None:
    gate, told = threading.Event(), threading.Event()
    desk.between = lambda: told.is_set() and gate.wait()

    async def scene() -> None:
        async with newsroom(desk) as room:
            try:
                await room.mention(AUKUS)
                await room.until(lambda: room.slack.said("chat.update"))
            finally:
                gate.set()
            await room.answered()
            updates = [shown(one) for one in room.slack.said("chat.update")]
            assert JAPAN in updates[0]
            assert "Reading the articles" in updates[0]
            assert "Reading the articles" not in updates[-1]

    told.set()
    counted = iter(range(10))

    def after_the_statement() -> object:
        return next(counted) >= 1 and gate.wait()

    desk.between = after_the_statement
    played(scene())


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_a_pause_that_slack_asks_for_is_kept(desk: WatchedDesk, method: str) -> None:
    async def scene() -> None:
        async with newsroom(desk, update_every_s=30) as room:  # no edit but the last
            room.slack.limited[method] = [1]
            await room.mention(AUKUS)
            await room.answered()
            statuses = [call.status for call in room.slack.calls if call.method == method]
            assert statuses == [429, 200]

    played(scene())


@pytest.mark.parametrize("politely", [True, False])
def test_a_dropped_connection_is_made_anew(desk: WatchedDesk, politely: bool) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            await room.slack.drop(politely=politely)
            await room.until(lambda: room.slack.connections == 2)
            await room.mention(AUKUS)
            await room.answered()

    played(scene())


def test_bots_edits_and_other_peoples_talk_are_left_alone(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            asked = room.slack.put(CHANNEL, ASKER, f"<@{BOT_USER}> {AUKUS}")
            other = {**asked, "type": "app_mention", "user": "U0BOT2", "bot_id": "B0BOT2"}
            await room.event(other)
            await room.event({**asked, "type": "app_mention", "user": BOT_USER, "bot_id": BOT_ID})
            await room.event({**asked, "channel_type": "channel"})
            await room.event({**asked, "channel": DIRECT, "channel_type": "im", "bot_id": "B0BOT2"})
            edit = {"message": asked, "previous_message": asked, "channel": DIRECT, "channel_type": "im"}
            await room.event({"type": "message", "subtype": "message_changed", "ts": "9.1", **edit})
            await room.mention("help")
            await last_said(room, "/dateline summarize")

    played(scene())
    assert desk.asked == []


def test_a_question_that_is_deleted_is_not_answered(desk: WatchedDesk) -> None:
    gate = threading.Event()
    desk.before = gate.wait

    async def scene() -> None:
        async with newsroom(desk) as room:
            try:
                ts = await room.direct(AUKUS)
                await room.until(lambda: desk.asked and room.slack.said("chat.postMessage"))
                deleted = {"channel": DIRECT, "channel_type": "im", "deleted_ts": ts, "ts": "9.2"}
                await room.event({"type": "message", "subtype": "message_deleted", **deleted})
            finally:
                gate.set()
            await room.until(lambda: room.slack.said("chat.delete"))
            assert [one for one in room.slack.messages.values() if one.get("bot_id")] == []

    played(scene())


def test_a_missing_scope_is_explained_and_the_question_answered(
    desk: WatchedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            refusal = {"error": "missing_scope", "needed": "channels:history", "provided": "chat:write"}
            room.slack.refused["conversations.replies"] = [refusal]
            root = room.slack.put(CHANNEL, ASKER, "Something else")["ts"]
            await room.mention(AUKUS, thread_ts=root)
            await room.answered()

    with caplog.at_level(logging.WARNING):
        played(scene())
    assert "lacks the scope channels:history (to read its own thread" in caplog.text
    assert "reinstall the app" in caplog.text


def test_what_goes_wrong_is_said_in_words_and_without_secrets(desk: WatchedDesk) -> None:
    errors = iter(
        [UpstreamUnavailable("the model does not answer"), RuntimeError("postgres://admin:hunter2@db")]
    )

    def fail() -> None:
        raise next(errors)

    desk.before = fail

    async def scene() -> None:
        async with newsroom(desk) as room:
            await room.mention(AUKUS)
            await last_said(room, "I cannot answer just now: the model does not answer.")
            await room.mention(AUKUS)
            await last_said(room, UNSAID)
            await room.mention("x" * 2001)
            await last_said(room, "That has 2,001 characters; a question may have 2,000.")
            assert "hunter2" not in str(room.slack.messages)

    played(scene())


def test_a_message_that_slack_finds_too_long_is_cut_in_two(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk, update_every_s=30) as room:
            room.slack.refused["chat.update"] = [{"error": "msg_blocks_too_long"}]
            ts = await room.mention(AUKUS)
            await last_said(room, "Share to channel")
            parts = [one for one in room.slack.messages.values() if one.get("bot_id")]
            assert len(parts) == 2
            assert {one["thread_ts"] for one in parts} == {ts}

    played(scene())


@pytest.mark.parametrize("way", ["uninstalled", "revoked", "refused"])
def test_an_installation_that_ends_ends_the_bot(
    desk: WatchedDesk, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            if way == "uninstalled":
                await room.event({"type": "app_uninstalled", "event_ts": "1"})
            elif way == "revoked":
                await room.event({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}, "event_ts": "1"})
            else:
                room.slack.refused["chat.postMessage"] = [{"error": "token_revoked"}]
                await room.mention(AUKUS)
            assert room.running is not None
            with pytest.raises(SlackRefused, match=r"uninstalled|revoked"):
                await asyncio.wait_for(room.running, 60)

    played(scene())
    assert "no longer answering in Newsroom" in caplog.text


def test_a_bad_token_ends_it_at_once_and_says_so(desk: WatchedDesk) -> None:
    async def scene() -> None:
        slack = SlackServer()
        await slack.start()
        try:
            bot = SlackBot(desk, OneWorkspace("xoxb-bad", slack.api_url))
            with pytest.raises(SlackRefused, match="the token is not one of Slack's"):
                await run_socket_mode(
                    bot, app_token=APP_TOKEN, api_url=slack.api_url, stop=asyncio.Event(), on_ready=print
                )
        finally:
            await slack.stop()

    played(scene())
