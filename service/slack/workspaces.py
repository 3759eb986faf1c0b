"""In whose name the bot speaks: that of the one workspace whose token is set, or that of each which installed the app.

Both tell Bolt the token for an event (`authorize`), and hear when a workspace is lost: it uninstalled the app, or the
token was revoked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.web.async_client import AsyncWebClient

from service.slack.clients import TIMEOUT_S
from service.slack.threads import Identity


class Workspaces(Protocol):
    """What the bot asks of them. For one event loop."""

    client: AsyncWebClient
    lost: asyncio.Event
    lost_because: str
    gone_words: str

    @property
    def oauth_flow(self) -> AsyncOAuthFlow | None:
        """How a workspace installs the app, where that can be."""

    async def authorize(
        self, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        """The token and identity for an event; None where the bot is not installed."""

    async def begin(self) -> str:
        """Be ready, and say in words where the bot answers."""

    def lose(self, workspace: str, why: str) -> None:
        """A workspace does not want the bot any more."""

    def register(self, app: AsyncApp) -> None:
        """Listen to the end of installations."""

    async def close(self) -> None:
        """Close the connections."""


def keep_connections(client: AsyncWebClient) -> None:
    """Let a client keep its connections open from now on; on an event loop."""
    if client.session is None:
        client.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))


def identity_of(reply: Any, headers: Mapping[str, str]) -> Identity:
    """The reply of `auth.test`, with the scopes of its headers."""
    said = reply if isinstance(reply, dict) else {}
    named = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return Identity(
        team_id=str(said.get("team_id", "")),
        team=str(said.get("team", "")),
        user_id=str(said.get("user_id", "")),
        bot_id=str(said.get("bot_id", "")),
        scopes=frozenset(scope.strip() for scope in named.split(",") if scope.strip()),
    )
