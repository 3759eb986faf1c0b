"""What a reader is told when something does not work, and how it goes on from there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import AUKUS, TIKTOK, TROOPS, Chat
from tests.browser.sites import Faults


def test_a_connection_lost_midway_keeps_what_was_shown(chat: Chat, faults: Faults) -> None:
    faults.cut_after = 2  # passages and the first statement
    chat.open().ask(TROOPS)
    expect(chat.statements).to_have_count(1)
    expect(chat.trouble).to_contain_text("The connection was lost.")
    expect(chat.trouble).to_contain_text("Unfinished: what is shown was checked")
    expect(chat.heard).to_contain_text("The connection was lost.")
    chat.page.reload()  # an unfinished answer is still unfinished on the next page
    expect(chat.statements).to_have_count(1)
    expect(chat.trouble).to_contain_text("Unfinished")
    chat.button("Try again").click()
    chat.settled()
    expect(chat.trouble).to_have_count(0)
    expect(chat.statements).to_have_count(2)


def test_offline_and_back(chat: Chat) -> None:
    chat.open().ask(TIKTOK)
    chat.page.context.set_offline(True)
    chat.ask(AUKUS)
    expect(chat.trouble).to_contain_text("You are offline. Your question is kept here.")
    expect(chat.turn.locator(".question")).to_have_text(AUKUS)
    chat.page.context.set_offline(False)
    chat.button("Try again").click()
    chat.settled()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")


def test_a_token_that_expired_is_replaced_unseen(chat: Chat, faults: Faults) -> None:
    chat.open().ask(TIKTOK)
    faults.refusals.append(("/v1/ask", 401, "token-expired", {}))
    faults.seen.clear()
    chat.ask(AUKUS)
    expect(chat.trouble).to_have_count(0)
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    asked = [line for line in faults.seen if line in ("POST /v1/ask", "POST /v1/widget/session")]
    assert asked == ["POST /v1/ask", "POST /v1/widget/session", "POST /v1/ask"]


def test_a_token_is_replaced_once_only(chat: Chat, faults: Faults) -> None:
    faults.refusals += [("/v1/ask", 401, "token-expired", {})] * 2
    chat.open().ask(AUKUS)
    expect(chat.trouble).to_contain_text("The archive did not recognise this page.")
    assert faults.seen.count("POST /v1/ask") == 2
    chat.button("Try again").click()
    chat.settled()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")


def test_too_many_questions_says_when_to_try_again(page: Page, host: str, faults: Faults) -> None:
    page.clock.install()
    page.goto(host)
    chat = Chat(page).open()
    faults.refusals.append(("/v1/ask", 429, "rate-limited", {"retry-after": "12"}))
    chat.ask(AUKUS)
    expect(chat.trouble).to_contain_text("Those were a lot of questions in a short time.")
    waiting = chat.button("Try again in 12 s")
    expect(waiting).to_have_attribute("aria-disabled", "true")
    waiting.click(force=True)
    assert faults.seen.count("POST /v1/ask") == 1
    page.clock.run_for(12_000)
    chat.button("Try again").click()
    chat.settled()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")


def test_a_crowded_host_is_asked_once_more_unasked(chat: Chat, faults: Faults) -> None:
    faults.refusals.append(("/v1/ask", 503, "overloaded", {"retry-after": "1"}))
    chat.open().ask(AUKUS)
    chat.settled()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    assert faults.seen.count("POST /v1/ask") == 2


def test_a_host_that_stays_crowded_is_left_to_the_reader(chat: Chat, faults: Faults) -> None:
    faults.refusals += [("/v1/ask", 503, "overloaded", {"retry-after": "0"})] * 2
    chat.open().ask(AUKUS)
    expect(chat.trouble).to_contain_text("Many people are asking just now.")
    expect(chat.button("Try again")).to_be_visible()
    assert faults.seen.count("POST /v1/ask") == 2


def test_a_host_that_is_crowded_for_long_is_not_waited_for(chat: Chat, faults: Faults) -> None:
    faults.refusals.append(("/v1/ask", 503, "overloaded", {"retry-after": "30"}))
    chat.open().ask(AUKUS)
    expect(chat.trouble).to_contain_text("Many people are asking just now.")
    assert faults.seen.count("POST /v1/ask") == 1


@pytest.mark.parametrize(
    ("status", "slug", "told"),
    [
        (401, "token-invalid", "The archive did not recognise this page."),
        (413, "body-too-large", "The archive could not read this question."),
        (500, "internal", "Something went wrong in the archive."),
        (502, "model-unavailable", "The archive is not ready yet."),
        (503, "index-missing", "The archive is not ready yet."),
        (504, "gateway-timeout", "The archive took too long to answer."),
    ],
)
def test_refusals_are_explained(chat: Chat, faults: Faults, status: int, slug: str, told: str) -> None:
    faults.refusals.append(("/v1/ask", status, slug, {}))
    chat.open().ask(AUKUS)
    expect(chat.trouble).to_contain_text(told)
    expect(chat.button("Try again")).to_be_visible()


def test_silence_ends_in_an_explanation(page: Page, host: str, faults: Faults) -> None:
    page.clock.install()
    page.goto(host)
    chat = Chat(page).open()
    faults.hold_after = 2
    chat.send(TROOPS)
    expect(chat.statements).to_have_count(1)
    page.clock.run_for(10_000)
    expect(chat.turn.locator(".status")).to_contain_text("Still reading")
    expect(chat.heard).to_contain_text("Still reading")
    page.clock.run_for(40_000)
    chat.settled()
    expect(chat.trouble).to_contain_text("The archive took too long to answer.")
    expect(chat.statements).to_have_count(1)


def test_a_site_that_is_not_allowed_is_told_so(
    page: Page, foreign_origin: str, embedded: Callable[..., str], faults: Faults
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(foreign_origin + embedded())
    chat = Chat(page).open()
    expect(chat.trouble).to_contain_text("This site is not allowed to use the archive.")
    chat.ask(AUKUS)
    expect(chat.turn.locator(".trouble")).to_contain_text("This site is not allowed to use the archive.")
    expect(chat.button("Try again")).to_have_count(0)
    assert "POST /v1/ask" not in faults.seen
    assert any(f"Dateline: refused ({foreign_origin})" in line for line in said)


def test_a_site_that_is_allowed_gets_answers(
    page: Page, allowed_origin: str, embedded: Callable[..., str], host: str
) -> None:
    page.goto(allowed_origin + embedded())
    chat = Chat(page).open()
    chat.ask(AUKUS)
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    chat.chips.first.click()
    link = chat.card.get_by_role("link", name="Read it in the article")
    assert (link.get_attribute("href") or "").startswith(f"{host}/articles/")
    assert page.context.cookies() == []


def test_a_host_that_is_gone(
    page: Page, allowed_origin: str, embedded: Callable[..., str], host: str
) -> None:
    page.goto(allowed_origin + embedded())
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    page.route(f"{host}/**", lambda route: route.abort("connectionrefused"))
    chat.open()
    expect(chat.trouble).to_contain_text("The archive cannot be reached.")
    page.unroute(f"{host}/**")
    chat.ask(AUKUS)
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")


def test_stopping_frees_the_server(chat: Chat, faults: Faults) -> None:
    faults.hold_after = 1
    chat.open().send(TROOPS)
    expect(chat.turn.locator(".status span")).not_to_be_empty()
    with chat.page.expect_event("requestfailed", lambda request: request.url.endswith("/v1/ask")):
        chat.button("Stop").click()
    chat.settled()
    expect(chat.statements).to_have_count(0)
    expect(chat.trouble).to_contain_text("You stopped this answer.")
