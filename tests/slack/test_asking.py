"""Every way to ask: mention, direct message, command, shortcut, follow-up in a thread, assistant."""

from __future__ import annotations

import pytest

from service.events import DoneEvent, StatementEvent
from service.slack.notices import working
from service.wiring import Services
from tests.slack import made_answers
from tests.slack.newsroom import AUKUS, WatchedDesk, buttons, newsroom, played, shown
from tests.slack.slack_server import ASKER, CHANNEL, DIRECT

JAPAN = "exploring how Japan can join our work"


@pytest.fixture(scope="module")
def desk(sample_services: Services) -> WatchedDesk:
    """One for the whole module, so that a question is answered once."""
    return WatchedDesk(sample_services)


def test_a_mention_is_answered_in_its_thread(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            ts = await room.mention(AUKUS)
            (answer,) = await room.answered()
            assert answer["thread_ts"] == ts
            assert JAPAN in shown(answer)
            assert "Pacific Courier · 11 April 2024 · <https://news.example/articles/" in shown(answer)
            assert "#c460-694|AUKUS partners weigh a door for Japan" in shown(answer)
            assert set(buttons(answer)) == {"dateline_quotations", "dateline_share"}
            (first,) = room.slack.said("chat.postMessage")
            assert first["text"] == working().text

    played(scene())


def test_a_direct_message_is_answered_in_a_thread_of_it(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            ts = await room.direct(AUKUS)
            (answer,) = await room.answered(channel=DIRECT)
            assert answer["thread_ts"] == ts
            assert "dateline_share" not in buttons(answer)  # there is no channel to share it to

    played(scene())


def test_a_follow_up_carries_the_thread_and_nothing_else_that_is_said_there(
    sample_services: Services,
) -> None:
    desk = WatchedDesk(sample_services)

    async def scene() -> None:
        async with newsroom(desk) as room:
            root = await room.mention(AUKUS)
            await room.answered()
            room.slack.put(CHANNEL, "U0OTHER", "Lunch at one? The password is hunter2.", root)
            await room.mention("And what did Albanese say?", thread_ts=root)
            answers = await room.answered(2)
            assert [one["thread_ts"] for one in answers] == [root, root]
            assert "Albanese" in shown(answers[1])

    played(scene())
    question, history = desk.asked[-1]
    assert question == "And what did Albanese say?"
    assert [turn.role for turn in history] == ["user", "assistant"]
    assert history[0].content == AUKUS
    assert JAPAN in history[1].content
    assert "hunter2" not in str(history)


def test_a_command_is_answered_to_the_asker_alone(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            first = await room.command(f"ask {AUKUS}")
            assert first["response_type"] == "ephemeral"
            assert "Reading the articles" in first["text"]
            await room.until(lambda: room.slack.said("respond"))
            (answer,) = room.slack.said("respond")
            assert answer["response_type"] == "ephemeral"
            assert shown(answer).startswith(f"You asked: {AUKUS}")
            assert JAPAN in shown(answer)
            assert "dateline_share" in buttons(answer)
            assert room.slack.said("chat.postMessage") == []

    played(scene())


@pytest.mark.parametrize(
    ("style", "heading"), [("timeline", "Timeline: AUKUS"), ("compare", "Comparison: AUKUS")]
)
def test_a_summary_is_a_command_away(desk: WatchedDesk, style: str, heading: str) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            await room.command(f"summarize AUKUS {style}")
            await room.until(lambda: room.slack.said("respond"))
            (summary,) = room.slack.said("respond")
            assert heading in shown(summary)
            assert "Articles read:" in shown(summary)

    played(scene())


def test_help_is_at_hand_everywhere(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            for text in ("help", ""):
                assert "/dateline summarize" in shown(await room.command(text))
            await room.mention("help")
            await room.until(lambda: room.slack.said("chat.postMessage"))
            assert "/dateline summarize" in shown(room.slack.said("chat.postMessage")[0])
            assert room.slack.said("respond") == []

    played(scene())


def test_the_shortcut_asks_a_message_in_its_thread(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            message = room.slack.put(CHANNEL, ASKER, AUKUS)
            await room.shortcut(message)
            (answer,) = await room.answered()
            assert answer["thread_ts"] == message["ts"]

    played(scene())


def test_the_shortcut_works_where_the_bot_is_not(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            await room.shortcut(room.slack.put("C0SECRET", ASKER, AUKUS), "C0SECRET")
            await room.until(lambda: room.slack.said("respond"))
            assert JAPAN in shown(room.slack.said("respond")[0])

    played(scene())


def test_the_assistant_suggests_and_answers(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            thread = room.slack.put(DIRECT, "U0DATELINE", "New thread")["ts"]
            place = {"channel_id": DIRECT, "thread_ts": thread, "user_id": ASKER, "context": {}}
            await room.event({"type": "assistant_thread_started", "assistant_thread": place, "event_ts": "1"})
            await room.until(lambda: room.slack.said("assistant.threads.setSuggestedPrompts"))
            (prompts,) = room.slack.said("assistant.threads.setSuggestedPrompts")
            assert prompts["prompts"] == [{"title": AUKUS, "message": AUKUS}]
            await room.direct(AUKUS, thread_ts=thread)
            (answer,) = await room.answered(channel=DIRECT)
            assert answer["thread_ts"] == thread
            (status,) = room.slack.said("assistant.threads.setStatus")
            assert status["status"] == "is reading the articles …"
            texts = [one["text"] for one in room.slack.said("chat.postMessage")]
            assert working().text not in texts  # the status stands for it

    played(scene())


def test_what_the_articles_do_not_answer_is_said_to_be_so(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            await room.mention("What is the price of bitcoin on Mars?")
            (answer,) = await room.answered()
            assert shown(answer).startswith("The articles do not answer this.")
            assert "What comes closest:" in shown(answer)

    played(scene())


def test_without_a_public_address_sources_are_files_and_lines(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk, public_url="") as room:
            await room.mention(AUKUS)
            (answer,) = await room.answered()
            assert "aukus.md, line 12" in shown(answer)
            assert "http" not in str(answer["blocks"])

    played(scene())


def test_an_answer_with_forty_sources_goes_on_in_further_messages(
    desk: WatchedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made_answers.forty_sources()
    coming = [StatementEvent(one, whole.citations) for one in whole.statements]
    monkeypatch.setattr(desk, "ask_events", lambda *_, **__: iter([*coming, DoneEvent(whole)]))

    async def scene() -> None:
        async with newsroom(desk) as room:
            ts = await room.mention("What did the council say about the piers?")
            await room.until(lambda: "dateline_share" in str(room.slack.messages))
            parts = [one for _, one in sorted(room.slack.messages.items()) if one.get("bot_id")]
            assert {one["thread_ts"] for one in parts} == {ts}
            assert len(parts) == 4
            together = "".join(shown(one) for one in parts)
            found = [together.index(f"about pier number {number}, and") for number in range(1, 41)]
            assert found == sorted(found)
            assert all(f"*[{number}]* Estuary Echo" in together for number in range(1, 41))

    played(scene())
