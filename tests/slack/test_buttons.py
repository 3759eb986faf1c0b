"""The buttons under an answer: quotations, verdicts, sharing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.errors import UpstreamUnavailable
from service.feedback import Feedback
from service.feedback_log import FeedbackLog
from service.slack.commenting import comment_of, comment_view, verdict_of
from service.slack.notices import ALREADY_SHARED, FORGOTTEN, THANKS
from service.wiring import Services
from tests.slack.block_rules import view_problems
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

            def all_told() -> bool:
                thanked = [shown(one) for one in room.slack.said("respond")].count(THANKS)
                asked = len(room.slack.said("views.open"))  # the second press is thanked for, or asked again
                return asked >= 2 and asked + thanked == 4

            await room.until(all_told)

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


def test_after_a_thumb_down_a_window_asks_what_was_wrong(desk: WatchedDesk, tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path)

    async def scene() -> None:
        async with newsroom(desk, feedback=log) as room:
            await room.mention(AUKUS)
            (answer,) = await room.answered()
            await room.press(buttons(answer)["dateline_down"], answer)
            await room.until(lambda: room.slack.said("views.open"))
            (kept,) = log.read()  # the verdict stands, whatever becomes of the window
            assert (kept.verdict, kept.comment) == ("down", None)
            view = room.slack.said("views.open")[0]["view"]
            assert "What was wrong?" in view["title"]["text"]
            shown_then = await room.send_back(view, "  He said more than that.\n<!channel>  ")
            assert shown_then["response_action"] == "update"
            assert THANKS in shown(shown_then["view"])
            assert view_problems(shown_then["view"]) == []
            await room.until(lambda: [one.comment for one in log.read()] != [None])
            assert await room.send_back(view, "Twice.") is None  # the same window, sent again

    played(scene())
    (kept,) = log.read()
    assert (kept.verdict, kept.comment) == ("down", "He said more than that.\n<!channel>")
    assert (kept.question, kept.citations[0].source) == (AUKUS, "aukus.md")
    assert ASKER not in (tmp_path / "feedback.jsonl").read_text(encoding="utf-8")


def test_nobody_has_to_say_what_was_wrong(desk: WatchedDesk, tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path)

    async def scene() -> None:
        async with newsroom(desk, feedback=log) as room:
            await room.mention(AUKUS)
            (answer,) = await room.answered()
            await room.press(buttons(answer)["dateline_down"], answer)
            await room.until(lambda: room.slack.said("views.open"))
            view = room.slack.said("views.open")[0]["view"]
            for nothing in (None, "", "  \n "):
                assert await room.send_back(view, nothing) is None
            room.slack.refused["views.open"] = [{"error": "expired_trigger_id"}]
            await room.press(buttons(answer)["dateline_down"], answer, "U0OTHER")
            await told(room, THANKS)

    played(scene())
    assert [(one.verdict, one.comment) for one in log.read()] == [("down", None)] * 2


def test_a_comment_finds_its_verdict_after_a_restart(desk: WatchedDesk, tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path)
    question = "What “else”?" * 200
    feedback_id = log.add(Feedback(question="Before", answer="An answer. [1]", verdict="down"))
    gone = comment_view("0" * 16, question)

    async def scene() -> None:
        async with newsroom(desk, feedback=log) as room:
            await room.send_back(comment_view(feedback_id, "Before"), "Not so.")
            await room.until(lambda: [one.comment for one in log.read()] == ["Not so."])
        async with newsroom(desk, feedback=log) as room:
            await room.send_back(gone, "x" * 3000)
            await room.until(lambda: len(list(log.read())) == 2)

    assert view_problems(gone) == []
    played(scene())
    first, second = log.read()
    assert (first.question, first.answer, first.comment) == ("Before", "An answer. [1]", "Not so.")
    assert (second.question, second.comment) == (question[:400], "x" * 2000)


def test_a_comment_that_cannot_be_kept_is_in_the_log(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = FeedbackLog(tmp_path)
    feedback_id = log.add(Feedback(question="Before", answer="", verdict="down"))

    def full(_: Feedback) -> str:
        raise UpstreamUnavailable("the feedback could not be kept: no space left on device")

    monkeypatch.setattr(log, "add", full)

    async def scene() -> None:
        async with newsroom(desk, feedback=log) as room:
            assert await room.send_back(comment_view(feedback_id, "Before"), "Not so.")
            await room.until(lambda: "a comment was not kept" in caplog.text)

    played(scene())
    assert [one.id for one in log.read()] == [feedback_id]  # the verdict is still there


def test_a_window_that_is_none_of_ours_says_nothing() -> None:
    assert comment_of({}) == comment_of({"state": {"values": {"dateline_comment": None}}}) == ""
    for metadata in ("", "no JSON", "[]", "{}"):
        assert verdict_of({"private_metadata": metadata}) == ("", "")
