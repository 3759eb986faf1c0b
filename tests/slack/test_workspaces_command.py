"""`dateline slack workspaces` and what `dateline slack check` says of several, against a Slack on loopback."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from slack_sdk.oauth.installation_store import Bot
from typer.testing import CliRunner, Result

from ingest.errors import UpstreamUnavailable
from service.cli import app
from service.doctor import Check
from service.embedded_store import EmbeddedStore
from service.slack.checking import check
from service.slack.installations import Installations
from service.slack.sealing import Seal, new_key
from service.slack.vault import Vault
from tests.slack.newsroom import played
from tests.slack.several import COURIER, HERALD, KEY, ORGANIZATION, settings_for
from tests.slack.slack_oauth import CLIENT_ID, CLIENT_SECRET, Team
from tests.slack.slack_server import SlackServer
from tests.slack.test_commands import slack_beside

TOKENS = {"xoxb-secret-courier": COURIER, "xoxb-secret-herald": HERALD}


def keep(data_dir: Path, token: str, team: Team, key: str = KEY, **fields: Any) -> None:
    """An installation that was made before."""
    known: dict[str, Any] = {
        "team_id": team.team_id or None,
        "team_name": team.name if team.team_id else None,
        "enterprise_id": team.enterprise_id or None,
        "enterprise_name": team.name if team.enterprise_id else None,
        "is_enterprise_install": not team.team_id,
        "bot_token": token,
        "bot_id": team.bot_id,
        "bot_user_id": team.bot_user,
        "bot_scopes": "chat:write,commands",
        "installed_at": 1_800_000_000.0,
    }
    store = Installations(Vault(EmbeddedStore(data_dir)), Seal([key]))
    asyncio.run(store.async_save_bot(Bot(**(known | fields))))


def run(data_dir: Path, *words: str, api_url: str = "http://127.0.0.1:9/api/", key: str = KEY) -> Result:
    """`dateline slack workspaces …`."""
    environment = {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_API_URL": api_url,
        "DATELINE_SLACK_STORE_KEY": key,
        "COLUMNS": "400",
    }
    result = CliRunner(env=environment).invoke(
        app, ["--data-dir", str(data_dir), "slack", "workspaces", *words]
    )
    for secret in (*TOKENS, CLIENT_SECRET, KEY):
        assert secret not in result.output
    return result


def test_the_workspaces_are_listed_without_their_tokens(tmp_path: Path) -> None:
    assert "No workspace has installed the app" in run(tmp_path).output
    assert list(tmp_path.iterdir()) == []
    keep(tmp_path, "xoxb-secret-courier", COURIER)
    keep(tmp_path, "xoxb-secret-herald", HERALD, key=new_key())
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "T0COURIER  Courier  2027-01-15T08:00:00+00:00" in result.output
    assert "T0HERALD  CANNOT BE READ" in result.output
    assert "dateline slack workspaces remove T0HERALD" in result.output
    (first, second) = json.loads(run(tmp_path, "--json").stdout)["workspaces"]
    assert (first["workspace"], first["scopes"], first["trouble"]) == (
        "T0COURIER",
        ["chat:write", "commands"],
        None,
    )
    assert second["name"] is None
    assert "DATELINE_SLACK_STORE_KEY" in second["trouble"]


def test_removing_takes_the_app_out_of_the_workspace(tmp_path: Path) -> None:
    keep(tmp_path, "xoxb-secret-courier", COURIER)
    keep(tmp_path, "xoxb-secret-herald", HERALD)
    with slack_beside() as slack:
        slack.grants.teams |= TOKENS
        result = run(tmp_path, "remove", "T0COURIER", api_url=slack.api_url)
        assert (result.exit_code, result.stdout) == (0, "Removed Courier (T0COURIER).\n")
        assert COURIER not in slack.grants.teams.values()
        result = run(tmp_path, "remove", "T0HERALD", "--keep-in-slack", api_url=slack.api_url)
        assert "The app itself is still in the workspace" in result.output
        assert HERALD in slack.grants.teams.values()
    assert EmbeddedStore(tmp_path).keys("slack/installation/") == []
    assert b"slack/installation" not in (tmp_path / "shared.sqlite3").read_bytes()
    again = run(tmp_path, "remove", "T0COURIER")
    assert again.exit_code == 3
    assert "T0COURIER has not installed the app" in again.output


def test_removing_works_without_slack_and_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.slack.uninstalling.PATIENCE_S", 0)
    keep(tmp_path, "xoxb-secret-courier", COURIER)
    keep(tmp_path, "xoxb-secret-herald", HERALD, key=new_key())
    for workspace in ("T0COURIER", "T0HERALD"):
        result = run(tmp_path, "remove", workspace)
        assert result.exit_code == 0
        assert "an administrator removes it there" in result.output
    assert EmbeddedStore(tmp_path).keys("slack/installation/") == []


def test_a_key_is_made_and_exchanged(tmp_path: Path) -> None:
    second = run(tmp_path, "new-key").stdout.strip()
    assert len(second) == 44
    keep(tmp_path, "xoxb-secret-courier", COURIER)
    assert run(tmp_path, "reseal", key=second).exit_code == 3
    assert run(tmp_path, "reseal", key=f"{second},{KEY}").stdout == "1 sealed with the first key.\n"
    assert "Courier" in run(tmp_path, key=second).stdout
    refused = run(tmp_path, key="")
    assert refused.exit_code == 3
    assert "DATELINE_SLACK_STORE_KEY is not set: make one with" in refused.output


def checked(data_dir: Path, slack: SlackServer, **fields: Any) -> dict[str, list[Check]]:
    """The check's findings by name."""
    made: dict[str, list[Check]] = {}

    async def scene() -> None:
        await slack.start()
        try:
            for one in await check(settings_for(slack, data_dir, **fields)):
                made.setdefault(one.name, []).append(one)
        finally:
            await slack.stop()

    played(scene())
    for one in (found for checks in made.values() for found in checks):
        for secret in ("xoxb-secret", "xoxe-secret", CLIENT_SECRET, KEY):
            assert secret not in f"{one.found} {one.remedy}"
    return made


def test_the_check_names_each_workspace(tmp_path: Path) -> None:
    keep(tmp_path, "xoxb-secret-courier", COURIER)
    keep(tmp_path, "xoxb-secret-gone", HERALD)
    keep(tmp_path, "xoxb-secret-group", ORGANIZATION)
    stranger = Team("T0STRANGER", "Stranger", "U1", "B1")
    keep(tmp_path, "xoxb-secret-stranger", stranger)
    keep(tmp_path, "xoxb-secret-old", Team("T0OLD", "Old", "U1", "B1"), key=new_key())
    keep(
        tmp_path,
        "xoxb-secret-expired",
        Team("T0LATE", "Late", "U1", "B1"),
        bot_refresh_token="xoxe-secret",
        bot_token_expires_at=1,
    )
    slack = SlackServer()
    slack.grants.teams |= TOKENS | {"xoxb-secret-group": ORGANIZATION, "xoxb-secret-stranger": stranger}
    made = checked(tmp_path, slack, slack_teams="T0COURIER,T0HERALD,E0GROUP,T0OLD,T0LATE")
    assert {name: [one.status for one in checks] for name, checks in made.items()} == {
        "redirect": ["ok"],
        "teams": ["ok"],
        "workspace": ["ok", "ok", "fail", "ok", "fail", "warn"],
        "scopes": ["ok", "ok"],
        "channels": ["ok"],
        "http": ["ok"],
        "links": ["ok"],
    }
    group, courier, herald, late, old, unknown = made["workspace"]
    assert group.found == "Press Group (E0GROUP): @dateline in Press Group"
    assert courier.found == "Courier (T0COURIER): @dateline in Courier"
    assert herald.found.startswith("Herald (T0HERALD): Slack refused")
    assert "https://news.example/slack/install" in str(herald.remedy)
    assert "renewed with the next event" in late.found
    assert "remove T0OLD" in str(old.remedy)
    assert "not admitted" in unknown.found
    assert made["channels"][0].found.startswith("Courier (T0COURIER): the bot is in #desk")
    assert "https://news.example/slack/oauth_redirect" in made["redirect"][0].found


@pytest.mark.parametrize(
    ("fields", "name", "status", "said"),
    [
        ({}, "installed", "warn", "no workspace has installed the app yet"),
        ({"slack_teams": ""}, "teams", "warn", "no workspace may install the app yet"),
        ({"slack_teams": "*"}, "teams", "warn", "any workspace may install the app"),
        ({"slack_teams": "Courier"}, "teams", "fail", "is no id of a workspace"),
        ({"public_url": ""}, "redirect", "fail", "DATELINE_PUBLIC_URL is not set"),
        ({"slack_client_secret": None}, "app", "fail", "SLACK_CLIENT_SECRET is not set"),
        ({"slack_store_key": SecretStr("short")}, "installed", "fail", "is not 32 bytes"),
        ({"slack_bot_token": SecretStr("xoxb-1")}, "bot token", "fail", "for one workspace only"),
    ],
    ids=str,
)
def test_the_check_says_what_is_missing(
    tmp_path: Path, fields: dict[str, Any], name: str, status: str, said: str
) -> None:
    (found,) = checked(tmp_path, SlackServer(), **fields)[name]
    assert found.status == status
    assert said in found.found
    assert found.remedy


def test_the_check_survives_a_store_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: EmbeddedStore, prefix: str) -> list[str]:
        raise UpstreamUnavailable("the shared store does not answer")

    monkeypatch.setattr(EmbeddedStore, "keys", gone)
    found = checked(tmp_path, SlackServer())["installed"][0]
    assert (found.status, found.found) == ("fail", "the shared store does not answer")
