"""Slack's own clients, set up so that retrying and logging are ours."""

from __future__ import annotations

import logging

from slack_sdk.web.async_client import AsyncWebClient

TIMEOUT_S = 15

_log = logging.getLogger("dateline.slack.sdk")


def quiet_logger() -> logging.Logger:
    """The log of Slack's libraries: errors only. They take a level that is not set for "debug", and then write tokens'
    neighbourhoods and whole messages."""
    if _log.level == logging.NOTSET:
        _log.setLevel(logging.ERROR)
    return _log


def web_client(token: str | None, api_url: str) -> AsyncWebClient:
    """A client that tries every call once: `service.slack.calling` decides what is tried again."""
    return AsyncWebClient(
        token=token, base_url=api_url, timeout=TIMEOUT_S, retry_handlers=[], logger=quiet_logger()
    )
