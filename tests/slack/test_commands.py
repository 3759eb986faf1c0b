"""`dateline slack` and `dateline slack check`, against a Slack on loopback; and the server's index asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from ingest.ownership import Ownership
from service.answers import Answer
from service.cli import app
from service.events import DoneEvent, ending
from service.remote import RemoteServices
from service.settings import ServiceSettings
from service.slack.checking import check
from service.slack.desk import DistantDesk
from service.slack.scopes import BOT_SCOPES
from service.summaries import SummaryDone, SummaryRequest
from service.wiring import Services
from tests.service.api.serving import served
from tests.slack.newsroom import AUKUS, Newsroom, played, shown
from tests.slack.slack_server import APP_TOKEN, BOT_TOKEN, CHANNEL, SlackServer

ROOT = Path(__file__).parents[2]


def settings_for(slack: SlackServer, **fields: Any) -> ServiceSettings:
    """Everything in order, but for `fields`."""
    known: dict[str, Any] = {
        "slack_bot_token": SecretStr(BOT_TOKEN),
        "slack_app_token": SecretStr(APP_TOKEN),
        "slack_api_url": slack.api_url,
        "public_url": "https://news.example",
    }
    return ServiceSettings(**(known | fields))


@contextmanager
def slack_beside() -> Iterator[SlackServer]:
    """A Slack on an event loop of its own, for a bot in another process."""
    slack = SlackServer()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(slack.start(), loop).result(30)
        slack.loop = loop
        yield slack
    finally:
        asyncio.run_coroutine_threadsafe(slack.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def found(slack: SlackServer, *channels: str, **fields: Any) -> dict[str, tuple[str, str, str | None]]:
    """The check's findings by name."""
    made: dict[str, tuple[str, str, str | None]] = {}

    async def scene() -> None:
        await slack.start()
        try:
            for one in await check(settings_for(slack, **fields), channels):
                made[one.name] = (one.status, one.found, one.remedy)
        finally:
            await slack.stop()

    played(scene())
    return made


def test_everything_in_order_is_said_to_be_so() -> None:
    made = found(SlackServer(), CHANNEL)
    assert {name: status for name, (status, _, _) in made.items()} == dict.fromkeys(
        ["bot token", "scopes", "channels", "channel", "app token", "http", "links"], "ok"
    )
    assert made["bot token"][1] == "@dateline in Newsroom"
    assert "#desk" in made["channels"][1]


def test_what_is_wrong_is_named_with_what_to_do() -> None:
    slack = SlackServer(scopes=set(BOT_SCOPES) - {"im:history"}, members=set())
    made = found(slack, "C0OTHER", public_url="", slack_app_token=SecretStr("xapp-bad"))
    assert made["scope"][0] == "fail"
    assert "im:history is missing: to hear direct messages" in made["scope"][1]
    assert "reinstall" in str(made["scope"][2])
    assert "/invite" in str(made["channels"][2])
    assert (made["channel"][0], made["channel"][2]) == ("fail", "type /invite @Dateline in C0OTHER")
    assert made["app token"][0] == "fail"
    assert "connections:write" in str(made["app token"][2])
    assert made["links"][0] == "warn"


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (None, "SLACK_BOT_TOKEN is not set"),
        (SecretStr("xapp-1"), "does not begin with xoxb-"),
        (SecretStr("xoxb-bad"), "the token is not one of Slack's"),
    ],
)
def test_a_bad_bot_token_is_found_out(token: SecretStr | None, said: str) -> None:
    status, what, _ = found(SlackServer(), slack_bot_token=token)["bot token"]
    assert status == "fail"
    assert said in what


def test_a_slack_that_cannot_be_reached_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.slack.checking.PATIENCE_S", 0)
    gone = ServiceSettings(
        slack_bot_token=SecretStr(BOT_TOKEN),
        slack_app_token=SecretStr(APP_TOKEN),
        slack_api_url="http://127.0.0.1:9/",
    )
    checks = asyncio.run(check(gone))
    assert [(one.name, one.status) for one in checks][:2] == [("bot token", "fail"), ("app token", "fail")]
    assert "cannot be reached" in checks[0].found


def test_the_command_prints_json_and_fails_with_3(tmp_path: Path) -> None:
    with slack_beside() as slack:
        environment = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": "", "SLACK_API_URL": slack.api_url}
        result = CliRunner(env=environment).invoke(
            app, ["--data-dir", str(tmp_path), "slack", "check", "--json"]
        )
    assert result.exit_code == 3
    document = json.loads(result.stdout)
    assert document["healthy"] is False
    assert [one["name"] for one in document["checks"] if one["status"] == "fail"] == ["app token"]
    assert BOT_TOKEN not in result.output


def test_without_tokens_it_says_which_and_where_from(tmp_path: Path) -> None:
    result = CliRunner(env={"SLACK_APP_TOKEN": "", "COLUMNS": "300"}).invoke(
        app, ["--data-dir", str(tmp_path), "slack"]
    )
    assert result.exit_code == 3
    assert "SLACK_APP_TOKEN is not set" in result.output


def test_a_servers_index_answers_with_history_and_suggestions(sample_services: Services) -> None:
    with served(sample_services) as url:
        server = RemoteServices(url)
        desk = DistantDesk(server)
        try:
            asked = ending(desk.ask_events(AUKUS), DoneEvent).answer
            own = sample_services.ask(AUKUS)
            assert isinstance(asked, Answer)
            assert asked.statements == own.statements
            summed = ending(desk.summarize_events(SummaryRequest(topic="AUKUS")), SummaryDone).summary
            assert summed.status == "summarized"
            article = desk.article(asked.citations[0].article_id).article
            cited = asked.citations[0]
            assert article.text[cited.start : cited.end] == cited.quote
            assert desk.prompts(4) == ()  # this server has none to suggest
        finally:
            server.close()


def test_the_bot_runs_beside_a_server_until_it_is_told_to_stop(
    sample_services: Services, tmp_path: Path
) -> None:
    with slack_beside() as slack, served(sample_services) as url:
        owned = Ownership.acquire(tmp_path, role="serve")
        owned.announce(url)
        environment = os.environ | {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": slack.api_url,
        }
        command = [sys.executable, "-m", "service.cli", "--data-dir", str(tmp_path), "slack"]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Dateline answers in Newsroom")

            async def scene() -> None:
                room = Newsroom(slack, bot=None)  # type: ignore[arg-type]  # it is in the other process
                await room.mention(AUKUS)
                (answer,) = await room.answered()
                assert "exploring how Japan can join our work" in shown(answer)
                assert "aukus.md, line 12" in shown(answer)

            assert slack.loop is not None
            asyncio.run_coroutine_threadsafe(scene(), slack.loop).result(60)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.communicate()
            owned.release()
    assert slack.problems == []
