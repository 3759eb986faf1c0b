"""The `state` of an installation: what comes back from Slack must have gone out from here, lately, and only once.

A state is signed and says when it ends, so nothing is kept for those who open the page and go no further. That it was
used is remembered in the store that replicas share: a state that one of them gave is good at another, once. Bolt binds
it to the browser with a cookie.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from logging import Logger

from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from service.shared_store import SharedStore
from service.slack.clients import quiet_logger
from service.slack.sealing import Seal

GOOD_FOR_S = 600
PURPOSE = "slack-oauth-state"
MAX_CHARS = 200


class SignedStates(AsyncOAuthStateStore):
    """States of ten minutes, single use."""

    def __init__(self, seal: Seal, store: SharedStore, now: Callable[[], float] = time.time) -> None:
        """`now` gives seconds since 1970."""
        self._seal = seal
        self._store = store
        self._now = now

    @property
    def logger(self) -> Logger:
        """For Bolt."""
        return quiet_logger()

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """A new one."""
        unsigned = f"{int(self._now()) + GOOD_FOR_S}-{secrets.token_hex(16)}"
        return f"{unsigned}-{self._seal.signature(PURPOSE, unsigned)}"

    async def async_consume(self, state: str) -> bool:
        """Whether it is one of ours, still good, and comes for the first time. It is used up then.

        Raises:
            DatelineError: the store that replicas share does not answer.
        """
        if len(state) > MAX_CHARS or not state.isascii():
            return False
        unsigned, _, signature = state.rpartition("-")
        if not self._seal.has_signed(PURPOSE, unsigned, signature):
            return False
        ends, _, nonce = unsigned.partition("-")
        if int(ends) < self._now():
            return False
        return await asyncio.to_thread(self._store.first, f"slack/state/{nonce}", 2 * GOOD_FOR_S)
