"""The bot in every workspace that installed the app: each event is answered with the token of its own."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import DatelineError
from service.shared_store import SharedStore
from service.slack.calling import once
from service.slack.installations import AdmittedTeams, Installations
from service.slack.sealing import Unsealable
from service.slack.workspaces import keep_connections

RENEW_BEFORE_S = 2 * 3600
"""A token that expires is renewed so long before; Slack's last twelve hours (docs.slack.dev, token rotation)."""
RENEWING_S = 60.0
"""For so long one replica renews a token, and the others use the old one."""

_log = logging.getLogger("dateline.slack")

Json = Mapping[str, Any]


class InstalledWorkspaces:
    """The workspaces that installed the app. Each event is answered with the token of its own; nothing is remembered
    between events, so what one replica installs or removes holds for all."""

    def __init__(
        self,
        installations: Installations,
        store: SharedStore,
        *,
        client: AsyncWebClient,
        client_id: str,
        client_secret: str,
        public_url: str,
        admitted: AdmittedTeams,
        oauth_flow: AsyncOAuthFlow | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`oauth_flow` is None where no pages are served (Socket Mode); `client` has no token. `now` gives seconds
        since 1970."""
        self.lost = asyncio.Event()  # never set: another workspace may be installed at any time
        self.lost_because = ""
        self.client = client
        self.oauth_flow = oauth_flow
        self.gone_words = "Dateline is not installed in this workspace (any more)."
        if public_url:
            self.gone_words += f" {public_url}/slack/install installs it."
        self._installations = installations
        self._store = store
        self._rotator = AsyncTokenRotator(client_id=client_id, client_secret=client_secret, client=client)
        self._admitted = admitted
        self._now = now

    async def begin(self) -> str:
        """How many there are. Those whose installation cannot be read are named in the log."""
        keep_connections(self.client)
        try:
            found = await self._installations.installed()
        except DatelineError as error:
            _log.error("the installed workspaces cannot be read: %s", error)
            return "Slack"
        for one in found:
            if one.bot is None:
                _log.error("not answering in %s: %s", one.workspace, one.trouble)
        if not self._admitted.ids:
            _log.warning(
                "DATELINE_SLACK_TEAMS is not set: no workspace may install Dateline, and none is answered"
            )
        return f"{len(found)} {'workspace' if len(found) == 1 else 'workspaces'}"

    async def authorize(
        self, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        """The workspace's own token, renewed where it is about to expire."""
        if not self._admitted.admits(enterprise_id, team_id):
            _log.warning("not answering in %s: it is not in DATELINE_SLACK_TEAMS", team_id or enterprise_id)
            return None
        try:
            bot = await self._installations.async_find_bot(
                enterprise_id=enterprise_id,
                team_id=team_id,
                is_enterprise_install=context.is_enterprise_install,
            )
            if bot is None:
                _log.warning("an event of %s, which has not installed the app", team_id or enterprise_id)
                return None
            bot = await self._renewed(bot)
        except Unsealable as error:
            _log.error("not answering in %s: %s", team_id or enterprise_id, error)
            return None
        except DatelineError as error:
            _log.warning("an event is refused, for Slack to send again: %s", error)
            raise
        return AuthorizeResult(
            enterprise_id=bot.enterprise_id,
            team_id=bot.team_id or team_id,
            team=bot.team_name,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
            bot_scopes=bot.bot_scopes,
        )

    def lose(self, workspace: str, why: str) -> None:
        """Say so: the installation stays until Slack says that it was removed."""
        _log.error("not answering in %s: %s", workspace, why)

    def register(self, app: AsyncApp) -> None:
        """Listen to the end of installations."""

        async def uninstalled(body: Json, context: AsyncBoltContext) -> None:
            await self._remove(body, context, "the app was uninstalled")

        async def revoked(event: Json, body: Json, context: AsyncBoltContext) -> None:
            if (event.get("tokens") or {}).get("bot"):
                await self._remove(body, context, "the bot's token was revoked")

        app.event("app_uninstalled")(uninstalled)
        app.event("tokens_revoked")(revoked)

    async def close(self) -> None:
        """Close the connections."""
        if self.client.session is not None:
            await self.client.session.close()

    async def _remove(self, body: Json, context: AsyncBoltContext, why: str) -> None:
        """Remove an installation, unless it was made anew since: Slack's events may come late."""
        whole = context.is_enterprise_install or context.team_id is None
        workspace = str(context.enterprise_id if whole else context.team_id)
        there = await self._installations.one(workspace)
        if there.bot is not None and there.bot.installed_at > float(body.get("event_time") or self._now()):
            _log.info("%s was installed again since %s", there.named, why)
            return
        await self._installations.remove(workspace)
        _log.warning("no longer answering in %s: %s; its token is deleted", there.named, why)

    async def _renewed(self, bot: Bot) -> Bot:
        """The bot with a token that is good for a while. Of several replicas one renews it, the others go on with the
        old one, which is good for two hours more."""
        expires_at = bot.bot_token_expires_at
        if expires_at is None or bot.bot_refresh_token is None or expires_at > self._now() + RENEW_BEFORE_S:
            return bot
        mark = hashlib.sha256(bot.bot_refresh_token.encode()).hexdigest()[:16]
        if not await asyncio.to_thread(self._store.first, f"slack/renewing/{mark}", RENEWING_S):
            return bot
        try:
            renewed = await once(lambda: self._rotation(bot))
        except DatelineError as error:
            _log.error("the token of %s could not be renewed: %s", bot.team_id or bot.enterprise_id, error)
            return bot
        if renewed is None:
            return bot
        await self._installations.async_save_bot(renewed)
        return renewed

    async def _rotation(self, bot: Bot) -> Bot | None:
        try:
            return await self._rotator.perform_bot_token_rotation(
                bot=bot, minutes_before_expiration=RENEW_BEFORE_S // 60
            )
        except SlackTokenRotationError as error:
            raise error.api_error from error
