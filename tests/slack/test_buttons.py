"""The buttons under an answer: quotations, verdicts, sharing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.feedback_log import FeedbackLog
from service.slack.notices import ALREADY_SHARED, FORGOTTEN, THANKS
from service.wiring import Services
from tests.slack.newsroom import AUKUS, Newsroom, WatchedDesk, buttons, newsroom, played, shown
from tests.slack.slack_server import ASKER

QUOTE = (
    "Biden said that the United States, Australia and the United Kingdom were “exploring how Japan can join our "
    "work” in the second pillar of AUKUS, which covers advanced capabilities such as artificial intelligence and "
    "autonomous systems."
)


@pytest.fixture(scope="module")
def desk(sample_services: Services) -> WatchedDesk:
    """One for the whole module."""
    return WatchedDesk(sample_services)


async def private_answer(room: Newsroom) -> dict[str, Any]:
    """The answer to a command."""
    await room.command(f"ask {AUKUS}")
    found: list[dict[str, Any]] = []

    def there() -> bool:
        found[:] = [one for one in room.slack.said("respond") if buttons(one)]
        return bool(found)

    await room.until(there)
    return found[-1]


async def told(room: Newsroom, text: str) -> None:
    """Wait until whoever pressed was told this."""
    await room.until(lambda: any(text in shown(one) for one in room.slack.said("respond")))


def test_quotations_open_in_a_window_with_the_articles_own_words(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            await room.mention(AUKUS)
            (answer,) = await room.answered()
            await room.press(buttons(answer)["dateline_quotations"], answer)
            await room.until(lambda: room.slack.said("views.update"))
            assert "Looking them up" in shown(room.slack.said("views.open")[0]["view"])
            window = shown(room.slack.said("views.update")[0]["view"])
            assert QUOTE in window
            assert "Pacific Courier · 11 April 2024 · aukus.md, line 12" in window

    played(scene())


def test_quotations_of_an_article_that_has_changed_are_not_invented(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            article = "d10d61dd31e56270"
            value = f"1:{article}:460:690:000000;2:gone:1:2:abcdef;3:{article}:x:2:a;bad"
            await room.press({"type": "button", "action_id": "dateline_quotations", "value": value})
            await room.until(lambda: room.slack.said("views.update"))
            window = shown(room.slack.said("views.update")[0]["view"])
            assert window.count("The article has changed since, or is gone. Ask again.") == 2

    played(scene())


def test_verdicts_are_kept_once_for_each_reader_and_without_names(desk: WatchedDesk, tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path)

    async def scene() -> None:
        async with newsroom(desk, feedback=log) as room:
            await room.mention(AUKUS)
            (answer,) = await room.answered()
            for user in (ASKER, ASKER, "U0OTHER"):
                await room.press(buttons(answer)["dateline_down"], answer, user)
            await room.press(buttons(await private_answer(room))["dateline_up"])
            await room.until(lambda: [shown(one) for one in room.slack.said("respond")].count(THANKS) == 4)

    played(scene())
    kept = list(log.read())
    assert [one.verdict for one in kept] == ["down", "down", "up"]
    assert {one.question for one in kept} == {AUKUS}
    assert {one.citations[0].source for one in kept} == {"aukus.md"}
    assert kept[0].answer.endswith("autonomous systems. [1]")
    assert ASKER not in (tmp_path / "feedback.jsonl").read_text(encoding="utf-8")


def test_a_verdict_after_a_restart_still_has_question_and_answer(desk: WatchedDesk, tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path)

    async def scene() -> None:
        async with newsroom(desk, feedback=log) as room:
            await room.mention(AUKUS)
            (answer,) = await room.answered()
        async with newsroom(desk, feedback=log) as room:
            await room.press(buttons(answer)["dateline_up"], answer)
            await told(room, THANKS)

    played(scene())
    (kept,) = log.read()
    assert kept.question == AUKUS
    assert "exploring how Japan can join our work" in kept.answer


def test_an_answer_is_shared_once_with_question_and_sharer(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            share = buttons(await private_answer(room))["dateline_share"]
            await room.press(share)
            await room.until(lambda: len(room.slack.said("respond")) == 2)
            shared = room.slack.said("respond")[1]
            assert shared["response_type"] == "in_channel"
            heading = shared["blocks"][0]["elements"][0]["elements"]
            assert heading[0] == {"type": "user", "user_id": ASKER}
            assert AUKUS in shown(shared)
            assert QUOTE in shown(shared)
            assert set(buttons(shared)) == {"dateline_quotations"}
            await room.press(share)
            await told(room, ALREADY_SHARED)

    played(scene())


def test_an_answer_that_is_forgotten_is_not_shared(desk: WatchedDesk) -> None:
    async def scene() -> None:
        async with newsroom(desk) as room:
            for value in ('{"a": "0123", "q": "x"}', "no JSON", "[]"):
                await room.press({"type": "button", "action_id": "dateline_share", "value": value})
            await room.until(lambda: [shown(one) for one in room.slack.said("respond")].count(FORGOTTEN) == 3)

    played(scene())
