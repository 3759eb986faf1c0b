"""Puts the bot together: Bolt's app, the listeners, the pool of threads, and the workspaces in whose name it speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext

from service.slack.asking import Asking
from service.slack.clients import quiet_logger
from service.slack.commenting import FeedbackStore
from service.slack.desk import Desk
from service.slack.listeners import Listeners
from service.slack.pool import WorkPool
from service.slack.pressing import Presses
from service.slack.recent import RecentAnswers
from service.slack.replying import UPDATE_EVERY_S
from service.slack.seen import InMemory, Seen
from service.slack.workspaces import Workspaces


class SlackBot:
    """The bot over a desk. `app` is Bolt's, to be run in Socket Mode or behind HTTP."""

    def __init__(
        self,
        desk: Desk,
        workspaces: Workspaces,
        *,
        signing_secret: str | None = None,
        public_url: str = "",
        feedback: FeedbackStore | None = None,
        seen: Seen | None = None,
        pool: WorkPool | None = None,
        update_every_s: float = UPDATE_EVERY_S,
    ) -> None:
        """`signing_secret` is for requests over HTTP, which are verified with it; Socket Mode needs none. `seen` is
        shared by replicas; by default it is this process's own. Without `feedback` there are no verdicts."""
        self.workspaces = workspaces
        self.verifies_requests = signing_secret is not None
        self.pool = pool or WorkPool()
        self._desk = desk
        self.app = AsyncApp(
            name="dateline-bolt",  # Bolt sets the level of the logger by this name
            logger=quiet_logger(),
            client=workspaces.client,
            authorize=_Authorize(workspaces),  # type: ignore[arg-type]  # Bolt takes an AsyncAuthorize too
            oauth_flow=workspaces.oauth_flow,
            signing_secret=signing_secret or "unused",
            request_verification_enabled=self.verifies_requests,
            ssl_check_enabled=False,
            attaching_function_token_enabled=False,
            user_facing_authorize_error_message=workspaces.gone_words,
        )
        recent, seen = RecentAnswers(), seen or InMemory()
        asking = Asking(
            desk, self.pool, recent, public_url=public_url, rated=feedback is not None, lost=workspaces.lose
        )
        Listeners(
            asking,
            seen,
            prompts=self._prompts,
            rated=feedback is not None,
            update_every_s=update_every_s,
        ).register(self.app)
        Presses(desk, recent, seen, feedback).register(self.app)
        workspaces.register(self.app)

    async def begin(self) -> str:
        """Be ready to answer, and say in words where. Raises what the workspaces raise."""
        return await self.workspaces.begin()

    async def close(self) -> None:
        """Stop what is being answered, and close the connections."""
        await self.pool.close()
        await self.workspaces.close()

    async def _prompts(self, limit: int) -> Sequence[str]:
        return await asyncio.to_thread(self._desk.prompts, limit)


class _Authorize(AsyncAuthorize):
    """How Bolt asks the workspaces for an event's token."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **actor: Any,
    ) -> AuthorizeResult | None:
        return await self._workspaces.authorize(context, enterprise_id, team_id)
