"""One bot in several workspaces: each is answered with its own token, and may leave; replicas agree on all of it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from ingest.errors import UpstreamUnavailable
from service.embedded_store import EmbeddedStore
from service.redis_store import RedisStore
from service.shared_store import SharedStore
from service.slack.installations import Installations
from service.slack.opening import open_bot, store_of
from service.slack.sealing import Seal, new_key
from service.slack.socket_mode import run_socket_mode
from service.slack.vault import Vault
from service.wiring import Services
from tests.service.redis_server import RedisServer, needs_redis
from tests.slack.newsroom import AUKUS, WatchedDesk, played, shown
from tests.slack.several import COURIER, HERALD, KEY, ORGANIZATION, Press, press, settings_for
from tests.slack.slack_oauth import Team
from tests.slack.slack_server import APP_TOKEN, ASKER, SlackServer

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
    return answered_before


def kept(data_dir: Path, *keys: str) -> Installations:
    """What is installed, as these keys open it."""
    return Installations(Vault(EmbeddedStore(data_dir)), Seal(list(keys or (KEY,))))


async def answered(there: Press, count: int) -> list[dict[str, Any]]:
    """Wait until so many answers are whole."""

    def whole() -> list[dict[str, Any]]:
        found = [one for one in there.slack.messages.values() if one.get("bot_id")]
        return [one for one in found if JAPAN in shown(one) and "Reading the articles" not in shown(one)]

    await there.rooms[0].until(lambda: len(whole()) >= count)
    return whole()


def test_each_workspace_is_answered_with_its_own_token(desk: WatchedDesk, tmp_path: Path) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            for team in (COURIER, HERALD):
                assert (await there.install(team)).status_code == 200
            tokens = {team.team_id: there.token(team) for team in (COURIER, HERALD)}
            assert len(set(tokens.values())) == 2
            for team in (COURIER, HERALD):
                assert (await there.mention(team)).status_code == 200
            answers = await answered(there, 2)
            assert {one["user"] for one in answers} == {COURIER.bot_user, HERALD.bot_user}
            assert {token for token, _ in there.posted()} == set(tokens.values())

    played(scene())
    assert len(desk.asked) == 2


def test_ids_of_channels_and_messages_may_be_the_same_in_two_workspaces(
    desk: WatchedDesk, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            for team in (COURIER, HERALD):
                await there.install(team)
            there.slack.members.add("C0SAME")
            message = there.slack.put("C0SAME", ASKER, AUKUS)
            for team in (COURIER, HERALD):
                text = f"<@{team.bot_user}> {AUKUS}"
                await there.event(team, {**message, "text": text, "type": "app_mention"})
            await answered(there, 2)

    played(scene())
    assert len(desk.asked) == 2


def test_a_workspace_that_installed_nothing_is_not_answered(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            await there.install(HERALD)
            assert (await there.mention(COURIER)).status_code == 200
            form = {
                "command": "/dateline",
                "text": f"ask {AUKUS}",
                "team_id": COURIER.team_id,
                "user_id": ASKER,
                "channel_id": "C1",
                "trigger_id": "t1",
                "response_url": there.slack.response_url,
            }
            await there.post(urlencode(form).encode(), "application/x-www-form-urlencoded")
            calls = there.slack.calls
            await there.rooms[0].until(lambda: any(call.method == "respond" for call in calls))
            told = calls[-1].params
            assert "not installed in this workspace" in told["text"]
            assert "https://news.example/slack/install" in told["text"]
            assert there.posted() == []
            there.slack.problems.clear()  # Bolt says this one, without blocks

    played(scene())
    assert desk.asked == []
    assert "an event of T0COURIER, which has not installed the app" in caplog.text


def test_the_list_of_admitted_workspaces_holds_for_every_event(desk: WatchedDesk, tmp_path: Path) -> None:
    slack = SlackServer()

    async def scene() -> None:
        await slack.start()
        try:
            async with press(desk, tmp_path, slack=slack) as there:
                await there.install(COURIER)
            async with press(desk, tmp_path, slack=slack, slack_teams="T0HERALD") as there:
                assert (await there.mention(COURIER)).status_code == 200
                assert there.posted() == []
        finally:
            await slack.stop()

    played(scene())
    assert desk.asked == []


@pytest.mark.parametrize("way", ["app_uninstalled", "tokens_revoked"])
def test_a_workspace_that_leaves_is_forgotten(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            for team in (COURIER, HERALD):
                await there.install(team)
            secret = there.token(COURIER)
            left = {"type": way, "tokens": {"bot": [COURIER.bot_user]}}
            earlier = {"event_time": int(time.time()) - 60}  # of an installation before this one
            assert (await there.event(COURIER, left, authorizations=[], **earlier)).status_code == 200
            await there.rooms[0].until(lambda: "was installed again since" in caplog.text)
            assert (await there.event(COURIER, left, authorizations=[])).status_code == 200
            await there.rooms[0].until(lambda: "its token is deleted" in caplog.text)
            assert [one.workspace for one in await kept(tmp_path).installed()] == ["T0HERALD"]
            await there.mention(COURIER)
            await there.mention(HERALD)
            await answered(there, 1)
            assert {token for token, _ in there.posted()} == {there.token(HERALD)}
            assert secret not in caplog.text

    with caplog.at_level(logging.INFO):
        played(scene())
    assert "no longer answering in Courier (T0COURIER)" in caplog.text


def test_a_users_token_that_is_revoked_changes_nothing(desk: WatchedDesk, tmp_path: Path) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            await there.install(COURIER)
            await there.event(COURIER, {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}})
            await there.mention(COURIER)
            await answered(there, 1)

    played(scene())


def test_a_token_that_slack_no_longer_takes_is_said_in_the_log(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            for team in (COURIER, HERALD):
                await there.install(team)
            there.slack.refused["chat.postMessage"] = [{"error": "account_inactive"}]
            await there.mention(COURIER)
            await there.rooms[0].until(lambda: "not answering in T0COURIER" in caplog.text)
            await there.mention(HERALD)
            await answered(there, 1)

    played(scene())
    assert "belongs to an app that was uninstalled" in caplog.text


def test_a_replica_answers_where_another_was_asked_to_install(desk: WatchedDesk, tmp_path: Path) -> None:
    played(replicas_agree(desk, tmp_path, EmbeddedStore(tmp_path)))


async def replicas_agree(desk: WatchedDesk, data_dir: Path, store: SharedStore) -> None:
    """An installation begun at one of two replicas and ended at the other is good, once, for both."""
    async with press(desk, data_dir, replicas=2, store=store) as there:
        browser = there.browser()
        back = await there.allowed(browser, COURIER)
        cookie = {"Cookie": "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)}
        there.door.replica = 1
        assert (await browser.get(back)).status_code == 200
        for replica in (0, 1):
            there.door.replica = replica
            assert (await there.browser().get(back, headers=cookie)).status_code == 401
            await there.mention(COURIER)
        await answered(there, 2)
        assert {token for token, _ in there.posted()} == {there.token(COURIER)}
        there.door.replica = 0
        await there.event(COURIER, {"type": "app_uninstalled"})
        await there.rooms[0].until(lambda: not store.keys("slack/installation/"))
        there.door.replica = 1
        posted = len(there.posted())
        assert (await there.mention(COURIER)).status_code == 200
        assert len(there.posted()) == posted


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A real Redis server."""
    folder = tmp_path / "redis"
    folder.mkdir()
    with RedisServer(folder) as server:
        yield server


@pytest.mark.topology
@pytest.mark.skipif(needs_redis[1].args[0], reason="redis-server is not installed")
def test_replicas_agree_over_redis_and_no_token_is_in_it(
    desk: WatchedDesk, tmp_path: Path, redis: RedisServer
) -> None:
    store = RedisStore(redis.url)
    played(replicas_agree(desk, tmp_path, store))

    async def again() -> str:
        async with press(desk, tmp_path, store=store) as there:
            await there.install(COURIER)
            return there.token(COURIER)

    secret = asyncio.run(again())
    written = b"".join(path.read_bytes() for path in redis.folder.rglob("*") if path.is_file())
    assert b"slack/installation/T0COURIER" in written
    assert secret.encode() not in written
    assert b"xoxb-" not in written
    store.close()


def test_another_key_answers_nobody_and_says_what_to_do(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = SecretStr(new_key())
    slack = SlackServer()

    async def scene() -> None:
        await slack.start()
        try:
            async with press(desk, tmp_path, slack=slack) as there:
                await there.install(COURIER)
            async with press(desk, tmp_path, slack=slack, slack_store_key=other) as there:
                await there.rooms[0].until(lambda: "not answering in T0COURIER" in caplog.text)
                assert (await there.mention(COURIER)).status_code == 200  # and no copies from Slack
                assert (await there.install(HERALD)).status_code == 200
                await there.mention(HERALD)
                await answered(there, 1)
                assert {token for token, _ in there.posted()} == {there.token(HERALD)}
        finally:
            await slack.stop()

    played(scene())
    assert "Put the key it was sealed with into DATELINE_SLACK_STORE_KEY" in caplog.text
    assert other.get_secret_value() not in caplog.text


def test_a_token_that_expires_is_renewed_once(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path, replicas=2) as there:
            there.slack.grants.expires_in = 3600  # less than two hours: due at once
            await there.install(COURIER)
            first = there.token(COURIER)
            there.slack.grants.expires_in = 43_200
            await asyncio.gather(*(there.mention(COURIER) for _ in range(3)))
            await answered(there, 3)
            second = there.token(COURIER)
            assert second != first
            there.door.replica = 1
            await there.mention(COURIER)
            await answered(there, 4)
            renewals = [one for one in there.slack.said("oauth.v2.access") if "grant_type" in one]
            assert len(renewals) == 1
            assert there.posted()[-1][0] == second
            assert {token for token, _ in there.posted()} <= {first, second}
            there.slack.grants.expires_in = 3600
            await there.install(COURIER)
            there.slack.grants.renewals.clear()  # Slack has forgotten what renews it
            await there.mention(COURIER)
            await answered(there, 5)
            assert there.posted()[-1][0] == there.token(COURIER)  # the old one is good still
            assert "secret-renewal" not in caplog.text

    played(scene())
    assert "the token of T0COURIER could not be renewed" in caplog.text
    assert "what renews the token is none any more" in caplog.text


def test_an_organization_installs_it_for_all_its_workspaces(desk: WatchedDesk, tmp_path: Path) -> None:
    one_of_them = Team("T0LOCAL", "Local", ORGANIZATION.bot_user, ORGANIZATION.bot_id, "E0GROUP")

    async def scene() -> None:
        async with press(desk, tmp_path, slack_teams="E0GROUP") as there:
            page = await there.install(ORGANIZATION)
            assert "Dateline answers in Press Group now." in page.text
            assert [one.workspace for one in await kept(tmp_path).installed()] == ["E0GROUP"]
            await there.mention(ORGANIZATION)
            await there.mention(one_of_them)
            await answered(there, 2)
            assert {token for token, _ in there.posted()} == {there.token(ORGANIZATION)}
            await there.event(ORGANIZATION, {"type": "app_uninstalled"})
            await there.rooms[0].until(lambda: not EmbeddedStore(tmp_path).keys("slack/installation/"))

    played(scene())


def test_while_the_store_is_gone_slack_sends_again(
    desk: WatchedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EmbeddedStore(tmp_path)

    def gone(key: str) -> bytes | None:
        raise UpstreamUnavailable("the store does not answer")

    async def scene() -> None:
        async with press(desk, tmp_path, store=store) as there:
            await there.install(COURIER)
            with monkeypatch.context() as patch:
                patch.setattr(store, "get", gone)
                assert (await there.mention(COURIER)).status_code == 500
            assert (await there.mention(COURIER)).status_code == 200
            await answered(there, 1)

    played(scene())


def test_socket_mode_answers_every_workspace_that_installed_it(desk: WatchedDesk, tmp_path: Path) -> None:
    """The pages are the server's; the events come through the connection of `dateline slack`."""

    async def scene() -> None:
        async with press(
            desk, tmp_path, slack_signing_secret=None, slack_app_token=SecretStr(APP_TOKEN)
        ) as there:
            for team in (COURIER, HERALD):
                await there.install(team)
            assert (await there.mention(COURIER)).status_code == 404  # no /slack/events without the secret
            settings = settings_for(there.slack, tmp_path)
            connected = open_bot(desk, settings, store=store_of(settings))
            stop, said = asyncio.Event(), list[str]()
            running = asyncio.create_task(
                run_socket_mode(
                    connected,
                    app_token=APP_TOKEN,
                    api_url=there.slack.api_url,
                    stop=stop,
                    on_ready=said.append,
                    ping_every_s=0.2,
                )
            )
            await there.rooms[0].until(lambda: there.slack.connections and said)
            assert said == ["2 workspaces"]
            for team in (COURIER, HERALD):
                message = there.slack.put("C0DESK", ASKER, f"<@{team.bot_user}> {AUKUS}")
                payload = {
                    "type": "event_callback",
                    "team_id": team.team_id,
                    "event_id": f"Ev-{team.team_id}",
                    "event": {**message, "type": "app_mention"},
                }
                await there.slack.send("events_api", json.loads(json.dumps(payload)))
            await answered(there, 2)
            assert {token for token, _ in there.posted()} == {there.token(COURIER), there.token(HERALD)}
            stop.set()
            await running

    played(scene())
