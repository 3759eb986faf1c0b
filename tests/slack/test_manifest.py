"""The manifest asks for what the bot needs and nothing else, and the page about Slack names what there is."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.api.routes.slack import EVENTS_PATH, REDIRECT_PATH
from service.settings import ServiceSettings
from service.slack.listeners import SHORTCUT
from service.slack.scopes import BOT_SCOPES

DOCS = Path(__file__).parents[2] / "docs"
MANIFEST = yaml.safe_load((DOCS / "slack" / "manifest.yaml").read_text(encoding="utf-8"))
SEVERAL = yaml.safe_load((DOCS / "slack" / "manifest-several.yaml").read_text(encoding="utf-8"))
BOTH = pytest.mark.parametrize("manifest", [MANIFEST, SEVERAL], ids=["one", "several"])
PAGE = (DOCS / "slack.md").read_text(encoding="utf-8")


@BOTH
def test_the_manifest_asks_for_the_scopes_that_the_check_looks_for(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"]["bot"] == sorted(BOT_SCOPES)


def test_what_the_listeners_listen_to_is_sent() -> None:
    assert MANIFEST["features"]["shortcuts"][0]["callback_id"] == SHORTCUT
    assert MANIFEST["features"]["slash_commands"][0]["command"] == "/dateline"
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == {
        "app_mention",
        "app_uninstalled",
        "assistant_thread_context_changed",
        "assistant_thread_started",
        "message.im",
        "tokens_revoked",
    }


@BOTH
def test_slacks_limits_on_a_manifest_are_kept(manifest: dict[str, Any]) -> None:
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert len(manifest["features"]["shortcuts"][0]["name"]) <= 24
    assert len(manifest["features"]["slash_commands"][0]["description"]) <= 2000


def test_the_manifest_for_several_differs_in_addresses_and_nothing_else() -> None:
    several = copy.deepcopy(SEVERAL)
    server = "https://news.example"
    assert several["oauth_config"].pop("redirect_urls") == [server + REDIRECT_PATH]
    assert several["features"]["slash_commands"][0].pop("url") == server + EVENTS_PATH
    assert several["settings"]["event_subscriptions"].pop("request_url") == server + EVENTS_PATH
    assert several["settings"]["interactivity"].pop("request_url") == server + EVENTS_PATH
    assert several["settings"].pop("socket_mode_enabled") is False
    assert several == MANIFEST | {
        "settings": {
            name: value for name, value in MANIFEST["settings"].items() if name != "socket_mode_enabled"
        }
    }


def test_the_page_names_every_setting_of_slack() -> None:
    for field in ServiceSettings.model_fields.values():
        variable = str(field.validation_alias)
        if variable.startswith("SLACK_"):
            assert f"`{variable}" in PAGE or f"{variable}=" in PAGE
    assert "`DATELINE_SLACK_TEAMS`" in PAGE
    assert "`DATELINE_SLACK_STORE_KEY`" in PAGE


def test_the_page_names_every_scope_and_its_pictures_are_there() -> None:
    assert set(re.findall(r"`([a-z_]+:[a-z]+)`", PAGE)) >= set(BOT_SCOPES) - {"commands"}
    pictures = re.findall(r"\]\((slack/[a-z]+\.png)\)", PAGE)
    assert len(pictures) == 6
    assert all((DOCS / picture).is_file() for picture in pictures)
