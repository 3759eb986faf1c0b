"""The bot in the one workspace whose token the settings hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext

from ingest.errors import DatelineError
from service.slack.calling import SlackRefused, called
from service.slack.clients import web_client
from service.slack.threads import Identity
from service.slack.workspaces import identity_of, keep_connections

_log = logging.getLogger("dateline.slack")

Json = Mapping[str, Any]


class OneWorkspace:
    """The workspace whose token the settings hold. When it is lost, `lost` tells whoever runs the bot."""

    oauth_flow = None
    gone_words = "Dateline is no longer installed in this workspace."

    def __init__(self, token: str, api_url: str) -> None:
        self.lost = asyncio.Event()
        self.lost_because = ""
        self.client = web_client(None, api_url)
        self._token = token
        self._identity: Identity | None = None
        self._learning = asyncio.Lock()

    async def identity(self) -> Identity:
        """Who the bot is; Slack is asked once, and connections are kept open from then on.

        Raises:
            SlackRefused: the token is not good.
            TransientError: Slack does not answer.
        """
        async with self._learning:
            if self._identity is None:
                keep_connections(self.client)
                self._identity = await self._asked_identity()
            return self._identity

    async def begin(self) -> str:
        """The workspace's name. Raises like `identity`."""
        return (await self.identity()).team or "Slack"

    async def authorize(
        self, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        """The token that is set, whatever the event; None when the workspace is lost."""
        if self.lost.is_set():
            return None
        try:
            me = await self.identity()
        except SlackRefused as error:
            if error.lost:
                self.lose(str(team_id), str(error))
            return None
        except DatelineError as error:
            _log.warning("an event is refused, for Slack to send again: %s", error)
            raise
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me.team_id,
            bot_user_id=me.user_id,
            bot_id=me.bot_id,
            bot_token=self._token,
        )

    def lose(self, workspace: str, why: str) -> None:
        """The workspace does not want the bot any more: answer nothing there from now on."""
        if not self.lost.is_set():
            self.lost_because = why
            named = self._identity.team if self._identity is not None else "the workspace"
            _log.error("no longer answering in %s: %s", named, why)
            self.lost.set()

    def register(self, app: AsyncApp) -> None:
        """Listen to the end of the installation."""

        async def uninstalled() -> None:
            why = "the app was uninstalled; install it again, set SLACK_BOT_TOKEN and start Dateline again"
            self.lose("", why)

        async def revoked(event: Json) -> None:
            if (event.get("tokens") or {}).get("bot"):
                why = "the bot's token was revoked; set the new SLACK_BOT_TOKEN and start Dateline again"
                self.lose("", why)

        app.event("app_uninstalled")(uninstalled)
        app.event("tokens_revoked")(revoked)

    async def close(self) -> None:
        """Close the connections."""
        if self.client.session is not None:
            await self.client.session.close()

    async def _asked_identity(self) -> Identity:
        client = web_client(self._token, self.client.base_url)
        client.session = self.client.session
        reply = await called(lambda: client.auth_test(), patience_s=20)
        return identity_of(reply.data, reply.headers)
