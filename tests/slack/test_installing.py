"""A workspace installs the app: from the page to the sealed token, and everything that must not lead there."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from pydantic import SecretStr

from ingest.errors import SettingsError, UpstreamUnavailable
from service.embedded_store import EmbeddedStore
from service.settings import ServiceSettings
from service.slack.oauth_flow import COOKIE, authorize_address
from service.slack.oauth_state import GOOD_FOR_S, SignedStates
from service.slack.opening import open_bot, open_http_events
from service.slack.scopes import BOT_SCOPES
from service.slack.sealing import Seal, new_key
from service.wiring import Services
from tests.service.api.access_samples import Clock, Site
from tests.slack.block_rules import PUBLIC_URL
from tests.slack.newsroom import WatchedDesk, played
from tests.slack.several import COURIER, HERALD, KEY, SIGNING_SECRET, Press, press, settings_for, slack_link
from tests.slack.slack_oauth import CLIENT_SECRET, Team
from tests.slack.slack_server import SlackServer

BEGIN_AGAIN = 'href="/slack/install"'


@pytest.fixture(scope="module")
def desk(sample_services: Services) -> WatchedDesk:
    """One for the whole module."""
    return WatchedDesk(sample_services)


def installed(data_dir: Path) -> list[str]:
    """The ids of the workspaces that are kept."""
    keys = EmbeddedStore(data_dir).keys("slack/installation/")
    return [key.rpartition("/")[2] for key in keys]


def ours(caplog: pytest.LogCaptureFixture) -> str:
    """What Dateline and Slack's libraries logged: the rest is the test's own clients and Slack."""
    others = ("httpx", "httpcore", "aiohttp.access")
    return "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith(others))


def with_query(address: str, **changed: str | None) -> str:
    """The address with other parameters; None takes one away."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()} | changed
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{address.partition('?')[0]}?{urlencode(kept)}"


def test_a_workspace_installs_the_app_and_its_token_is_sealed(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            browser = there.browser()
            page = await browser.get("/slack/install")
            cookie = page.headers["set-cookie"]
            assert cookie.startswith(f"{COOKIE}=")
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax", f"Max-Age={GOOD_FOR_S}"} <= set(
                cookie.split("; ")
            )
            for scope in BOT_SCOPES:
                assert f"<code>{scope}</code>" in page.text
            asked = parse_qs(urlsplit(slack_link(page.text)).query)
            assert asked["redirect_uri"] == [f"{PUBLIC_URL}/slack/oauth_redirect"]
            assert CLIENT_SECRET not in page.text
            done = await there.install(COURIER, browser)
            assert done.status_code == 200
            assert "Dateline answers in Courier now." in done.text
            assert "app_redirect?app=A0DATELINE&amp;team=T0COURIER" in done.text
            assert COOKIE not in browser.cookies  # the state's cookie is gone
            for reply in (page, done):
                policy = reply.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert reply.headers["cache-control"] == "no-store"
                assert reply.headers["referrer-policy"] == "no-referrer"
                assert not re.search(r"<script|style=|\bon[a-z]+=", reply.text)
            secret = there.token(COURIER)
            on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
            assert installed(tmp_path) == ["T0COURIER"]
            for hidden in (secret, "xoxb-", "Courier", there.slack.grants.asked[0]["state"]):
                assert hidden.encode() not in on_disk
                assert hidden not in ours(caplog) or hidden == "Courier"
            assert CLIENT_SECRET not in ours(caplog)
            assert KEY not in ours(caplog)

    with caplog.at_level(logging.DEBUG):
        played(scene())
    assert (tmp_path / "shared.sqlite3").stat().st_mode & 0o077 == 0


def test_the_workspace_may_be_chosen_beforehand_and_nothing_else(desk: WatchedDesk, tmp_path: Path) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            chosen = await there.browser().get("/slack/install?team=T0COURIER")
            assert parse_qs(urlsplit(slack_link(chosen.text)).query)["team"] == ["T0COURIER"]
            forged = await there.browser().get(
                "/slack/install", params={"team": "T1&redirect_uri=https://evil.example/"}
            )
            asked = parse_qs(urlsplit(slack_link(forged.text)).query)
            assert asked["redirect_uri"] == [f"{PUBLIC_URL}/slack/oauth_redirect"]
            assert "team" not in asked
            assert "evil" not in forged.text

    played(scene())


def test_an_installation_that_was_not_begun_here_is_refused(desk: WatchedDesk, tmp_path: Path) -> None:
    async def refused(there: Press, status: int, words: str, address: str, browser: Any) -> None:
        page = await browser.get(address)
        assert page.status_code == status, page.text
        assert words in page.text
        assert "Dateline was not installed" in page.text
        assert BEGIN_AGAIN in page.text
        assert installed(tmp_path) == []

    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            begun = there.browser()
            back = await there.allowed(begun, COURIER)
            await refused(there, 400, "no cookie of it", back, there.browser())  # another browser
            await refused(there, 400, "no cookie of it", with_query(back, state=None), begun)
            await refused(there, 400, "no cookie of it", with_query(back, state="x" * 100), begun)
            for forged in (
                "1900000000-" + "0" * 32 + "-" + "0" * 64,
                "never",
                "",
                "--",
                "x" * 5000,
                "ein-Zeichen-ä",
            ):
                attacker = there.browser()
                cookie = f"{COOKIE}={forged}".encode()
                page = await attacker.get(with_query(back, state=forged), headers=[(b"cookie", cookie)])
                assert page.status_code in (400, 401)
                assert installed(tmp_path) == []
            begun = there.browser()
            back = await there.allowed(begun, None)
            await refused(there, 200, "was cancelled", back, begun)
            begun = there.browser()
            back = await there.allowed(begun, COURIER)
            await refused(there, 401, "answer is incomplete", with_query(back, code=None), begun)
            for code in ("none-of-slacks", "x" * 300, "<script>alert(1)</script>"):
                begun = there.browser()
                back = await there.allowed(begun, COURIER)
                page = await begun.get(with_query(back, code=code))
                assert page.status_code == 401
                assert "did not give the bot its token" in page.text
                assert "alert" not in page.text
            injected = await there.browser().get("/slack/oauth_redirect?error=<script>alert(1)</script>")
            assert "alert" not in injected.text
            assert installed(tmp_path) == []

    played(scene())


def test_a_state_is_good_once_and_for_ten_minutes(
    desk: WatchedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path) as there:
            browser = there.browser()
            back = await there.allowed(browser, COURIER)
            state = {"Cookie": f"{COOKIE}={parse_qs(urlsplit(back).query)['state'][0]}"}
            assert (await there.browser().get(back, headers=state)).status_code == 200
            again = await there.browser().get(back, headers=state)
            assert again.status_code == 401
            assert "was opened twice" in again.text

    played(scene())

    async def later() -> None:
        clock = Clock()
        seal, store = Seal([KEY]), EmbeddedStore(tmp_path)
        states = SignedStates(seal, store, clock)
        begun = await states.async_issue()
        clock.seconds += GOOD_FOR_S + 1
        assert not await states.async_consume(begun)
        begun = await states.async_issue()
        clock.seconds += GOOD_FOR_S - 1
        assert await states.async_consume(begun)
        assert not await states.async_consume(begun)
        begun = await SignedStates(Seal([new_key()]), store, clock).async_issue()
        assert not await states.async_consume(begun)  # of another installation of Dateline
        begun = await states.async_issue()
        exchanged = SignedStates(Seal([new_key(), KEY]), store, clock)
        assert await exchanged.async_consume(begun)

    played(later())


def test_only_admitted_workspaces_may_install(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Team("T0STRANGER", "<b>Stranger</b>", "U0BOTS", "B0BOTS")

    async def scene(teams: str, team: Team, admitted: bool) -> None:
        async with press(desk, tmp_path, slack_teams=teams) as there:
            page = await there.install(team)
            assert page.status_code == (200 if admitted else 403)
            assert team in there.slack.grants.teams.values() or not admitted
            if not admitted:
                assert "DATELINE_SLACK_TEAMS" in page.text
                assert team.team_id in page.text
                assert "<b>" not in page.text
                assert team not in there.slack.grants.teams.values()  # the app was taken out again
                assert team.team_id not in installed(tmp_path)
                assert f"{team.team_id} is not in DATELINE_SLACK_TEAMS" in caplog.text

    played(scene("T0COURIER", stranger, admitted=False))
    played(scene("", COURIER, admitted=False))  # by default nobody may
    assert installed(tmp_path) == []
    played(scene("T0COURIER, T0STRANGER", stranger, admitted=True))
    played(scene("*", HERALD, admitted=True))
    assert installed(tmp_path) == ["T0HERALD", "T0STRANGER"]


def test_what_slack_refuses_is_said_in_the_log_in_words(
    desk: WatchedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with press(desk, tmp_path, slack_client_secret=SecretStr("not-the-secret")) as there:
            page = await there.install(COURIER)
            assert page.status_code == 401
            there.slack.limited["oauth.v2.access"] = [60]
            assert (await there.install(COURIER)).status_code == 401

    played(scene())
    assert "SLACK_CLIENT_SECRET is not that of SLACK_CLIENT_ID" in caplog.text
    assert "Slack asks for a pause" in caplog.text
    assert "not-the-secret" not in caplog.text
    assert installed(tmp_path) == []


class Gone(EmbeddedStore):
    """A store that does not take anything any more, once `gone`."""

    gone = False

    def put(self, key: str, value: bytes, for_s: float | None = None) -> None:
        """Not any more."""
        if self.gone:
            raise UpstreamUnavailable("the store does not answer")
        super().put(key, value, for_s)

    def first(self, key: str, for_s: float) -> bool:
        """Not any more."""
        if self.gone:
            raise UpstreamUnavailable("the store does not answer")
        return super().first(key, for_s)


def test_without_the_store_there_is_no_installation(desk: WatchedDesk, tmp_path: Path) -> None:
    store = Gone(tmp_path)

    async def scene() -> None:
        async with press(desk, tmp_path, store=store) as there:
            browser = there.browser()
            back = await there.allowed(browser, COURIER)
            store.gone = True
            page = await browser.get(back, headers={"Accept": "text/html"})
            assert page.status_code == 503
            assert "code-" not in page.text
            store.gone = False
            assert (await browser.get(back)).status_code == 200  # the state was not used up

    played(scene())


def test_the_pages_are_open_beside_api_keys_and_counted(desk: WatchedDesk, tmp_path: Path) -> None:
    site = Site(keys={"cms": ("read",)}, limits={"address": "3/minute"}, proxies="127.0.0.1")

    async def scene() -> None:
        async with press(desk, tmp_path, site=site) as there:
            visitor = there.browser()
            far = {"X-Forwarded-For": "198.51.100.7"}
            pages = [await visitor.get("/slack/install", headers=far) for _ in range(4)]
            assert [page.status_code for page in pages] == [200, 200, 200, 429]
            other = {"X-Forwarded-For": "198.51.100.8"}
            assert (await visitor.get("/slack/install", headers=other)).status_code == 200
            assert (await visitor.get("/v1/articles", headers=other)).status_code == 401
            assert (await visitor.post("/slack/install", headers=other)).status_code == 405

    played(scene())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"slack_client_id": None}, "SLACK_CLIENT_ID is not set"),
        ({"slack_client_secret": None}, "SLACK_CLIENT_SECRET is not set"),
        ({"slack_store_key": None}, "DATELINE_SLACK_STORE_KEY is not set"),
        ({"slack_store_key": SecretStr("hunter2hunter2")}, "DATELINE_SLACK_STORE_KEY: it is not 32 bytes"),
        ({"slack_store_key": SecretStr(f"{KEY}, hunter2")}, "the key number 2 in it is not 32 bytes"),
        ({"slack_signing_secret": None}, "SLACK_SIGNING_SECRET is not set"),
        ({"public_url": ""}, "DATELINE_PUBLIC_URL is not set"),
        ({"public_url": "http://news.example"}, "over https:// only"),
        ({"slack_teams": "Courier"}, "'Courier' is no id of a workspace"),
        ({"slack_bot_token": SecretStr("xoxb-hunter2")}, "remove one of them"),
    ],
    ids=str,
)
def test_what_is_missing_is_said_before_anything_is_served(
    sample_services: Services, tmp_path: Path, fields: dict[str, Any], words: str
) -> None:
    settings = settings_for(SlackServer(api_url="http://127.0.0.1:1/api/"), tmp_path, **fields)
    with pytest.raises(SettingsError) as raised:
        open_http_events(sample_services, settings)
    assert words in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert KEY not in str(raised.value)


def test_one_workspace_needs_none_of_it(desk: WatchedDesk, tmp_path: Path) -> None:
    settings = ServiceSettings(
        data_dir=tmp_path,
        slack_bot_token=SecretStr("xoxb-good"),
        slack_signing_secret=SecretStr(SIGNING_SECRET),
    )
    assert not settings.installed_by_workspaces
    assert open_bot(desk, settings, over_http=True).app.oauth_flow is None
    assert list(tmp_path.iterdir()) == []


def test_govslack_has_its_own_page() -> None:
    assert authorize_address("https://slack.com/api/") == "https://slack.com/oauth/v2/authorize"
    assert authorize_address("https://slack-gov.com/api/") == "https://slack-gov.com/oauth/v2/authorize"
