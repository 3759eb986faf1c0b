"""Puts the bot together: Bolt's app, the listeners, the pool of threads, and who the bot is in its workspace.

One workspace, whose token the settings hold. When it uninstalls the app or revokes the token, the bot stops answering
there and says so in the log; `lost` tells whoever runs it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from ingest.errors import DatelineError
from service.slack.asking import Asking
from service.slack.calling import SlackRefused, called
from service.slack.clients import TIMEOUT_S, quiet_logger, web_client
from service.slack.desk import Desk
from service.slack.listeners import Listeners
from service.slack.pool import WorkPool
from service.slack.pressing import FeedbackStore, Presses
from service.slack.recent import RecentAnswers
from service.slack.replying import UPDATE_EVERY_S
from service.slack.seen import InMemory, Seen
from service.slack.threads import Identity

GONE_WORDS = "Dateline is no longer installed in this workspace."

_log = logging.getLogger("dateline.slack")


class SlackBot:
    """The bot of one workspace over a desk. `app` is Bolt's, to be run in Socket Mode or behind HTTP."""

    def __init__(
        self,
        desk: Desk,
        *,
        token: str,
        api_url: str,
        signing_secret: str | None = None,
        public_url: str = "",
        feedback: FeedbackStore | None = None,
        seen: Seen | None = None,
        pool: WorkPool | None = None,
        update_every_s: float = UPDATE_EVERY_S,
    ) -> None:
        """`signing_secret` is for requests over HTTP, which are verified with it; Socket Mode needs none. `seen` is
        shared by replicas; by default it is this process's own. Without `feedback` there are no verdicts."""
        self.lost: asyncio.Event = asyncio.Event()
        self.lost_because = ""
        self.pool = pool or WorkPool()
        self._desk = desk
        self._token = token
        self._identity: Identity | None = None
        self._learning = asyncio.Lock()
        self._client = web_client(None, api_url)
        self.app = AsyncApp(
            name="dateline-bolt",  # Bolt sets the level of the logger by this name
            logger=quiet_logger(),
            client=self._client,
            authorize=self._authorized(),
            signing_secret=signing_secret or "unused",
            request_verification_enabled=signing_secret is not None,
            ssl_check_enabled=False,
            attaching_function_token_enabled=False,
            user_facing_authorize_error_message=GONE_WORDS,
        )
        recent, seen = RecentAnswers(), seen or InMemory()
        asking = Asking(
            desk, self.pool, recent, public_url=public_url, rated=feedback is not None, lost=self.lose
        )
        Listeners(
            asking,
            seen,
            identity=self.identity,
            prompts=self._prompts,
            rated=feedback is not None,
            update_every_s=update_every_s,
        ).register(self.app)
        Presses(desk, recent, seen, feedback).register(self.app)
        self._register_end()

    async def identity(self) -> Identity:
        """Who the bot is; Slack is asked once, and connections are kept open from then on.

        Raises:
            SlackRefused: the token is not good.
            TransientError: Slack does not answer.
        """
        async with self._learning:
            if self._identity is None:
                if self._client.session is None:
                    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
                    self._client.session = aiohttp.ClientSession(timeout=timeout)
                self._identity = await self._asked_identity()
            return self._identity

    async def close(self) -> None:
        """Stop what is being answered, and close the connections."""
        await self.pool.close()
        if self._client.session is not None:
            await self._client.session.close()

    def lose(self, why: str) -> None:
        """The workspace does not want the bot any more: answer nothing there from now on."""
        if not self.lost.is_set():
            self.lost_because = why
            named = self._identity.team if self._identity is not None else "the workspace"
            _log.error("no longer answering in %s: %s", named, why)
            self.lost.set()

    async def _asked_identity(self) -> Identity:
        client = web_client(self._token, self._client.base_url)
        client.session = self._client.session
        reply = await called(lambda: client.auth_test(), patience_s=20)
        return identity_of(reply.data, reply.headers)

    def _authorized(self) -> Any:
        async def authorize() -> AuthorizeResult | None:
            if self.lost.is_set():
                return None
            try:
                me = await self.identity()
            except SlackRefused as error:
                if error.lost:
                    self.lose(str(error))
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

        return authorize

    async def _prompts(self, limit: int) -> Sequence[str]:
        return await asyncio.to_thread(self._desk.prompts, limit)

    def _register_end(self) -> None:
        async def uninstalled() -> None:
            self.lose(
                "the app was uninstalled; install it again, set SLACK_BOT_TOKEN and start Dateline again"
            )

        async def revoked(event: Mapping[str, Any]) -> None:
            if (event.get("tokens") or {}).get("bot"):
                self.lose("the bot's token was revoked; set the new SLACK_BOT_TOKEN and start Dateline again")

        self.app.event("app_uninstalled")(uninstalled)
        self.app.event("tokens_revoked")(revoked)


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
