"""The manifest asks for what the bot needs and nothing else, and the page about Slack names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from service.slack.listeners import SHORTCUT
from service.slack.scopes import BOT_SCOPES

DOCS = Path(__file__).parents[2] / "docs"
MANIFEST = yaml.safe_load((DOCS / "slack" / "manifest.yaml").read_text(encoding="utf-8"))
PAGE = (DOCS / "slack.md").read_text(encoding="utf-8")


def test_the_manifest_asks_for_the_scopes_that_the_check_looks_for() -> None:
    assert MANIFEST["oauth_config"]["scopes"]["bot"] == sorted(BOT_SCOPES)


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


def test_slacks_limits_on_a_manifest_are_kept() -> None:
    assert len(MANIFEST["display_information"]["name"]) <= 35
    assert len(MANIFEST["display_information"]["description"]) <= 140
    assert len(MANIFEST["features"]["shortcuts"][0]["name"]) <= 24
    assert len(MANIFEST["features"]["slash_commands"][0]["description"]) <= 2000


def test_the_page_names_every_scope_and_its_pictures_are_there() -> None:
    assert set(re.findall(r"`([a-z_]+:[a-z]+)`", PAGE)) >= set(BOT_SCOPES) - {"commands"}
    pictures = re.findall(r"\]\((slack/[a-z]+\.png)\)", PAGE)
    assert len(pictures) == 5
    assert all((DOCS / picture).is_file() for picture in pictures)
