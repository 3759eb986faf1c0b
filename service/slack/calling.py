"""Calls of Slack's Web API: tried again when that can help, and their errors put into words.

The SDK's own retries are switched off (`web_client` in `clients`), because retries inside retries multiply. Slack says
how long to wait (`Retry-After`); a wait that would end after `patience_s` is not begun. A call whose reply was lost is
repeated only where doing it twice does no harm.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError

from ingest.errors import RateLimited, TransientError, UpstreamRefused, UpstreamUnavailable
from service.slack.scopes import missing_scope_words

T = TypeVar("T")

PATIENCE_S = 120.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
MOST_ATTEMPTS = 8
_DEFAULT_RETRY_AFTER_S = 1.0
_TRANSIENT_CODES = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
_LOST_CODES = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"})
_WORDS = {
    "account_inactive": "the bot's token belongs to an app that was uninstalled: install it again",
    "bad_client_secret": "SLACK_CLIENT_SECRET is not that of SLACK_CLIENT_ID: copy both again from Basic Information",
    "bad_redirect_uri": "the app's redirect URL is not DATELINE_PUBLIC_URL with /slack/oauth_redirect: correct it "
    "under OAuth & Permissions",
    "cant_update_message": "Slack does not let this message be edited",
    "channel_not_found": "there is no such channel, or the app is not in it: /invite it there",
    "code_already_used": "the installation was completed already",
    "invalid_auth": "the token is not one of Slack's: copy it again",
    "invalid_client_id": "SLACK_CLIENT_ID is none of Slack's: copy it again from Basic Information",
    "invalid_code": "the code is none of Slack's, or is over",
    "invalid_refresh_token": "what renews the token is none any more: install the app again",
    "is_archived": "the channel is archived",
    "msg_blocks_too_long": "the message is too long for Slack",
    "not_allowed_token_type": "this is the other kind of token: xoxb- is the bot's, xapp- the app's",
    "not_authed": "no token was sent",
    "not_in_channel": "the app is not in this channel: /invite it there",
    "restricted_action": "a policy of the workspace forbids it",
    "token_expired": "the token has expired: copy it again",
    "token_revoked": "the token was revoked: install the app again and copy the new one",
}


class SlackRefused(UpstreamRefused):
    """Slack refused a call; `code` is its word for why, such as `not_in_channel`."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def lost(self) -> bool:
        """Whether the workspace is lost: uninstalled, or the token revoked."""
        return self.code in _LOST_CODES


class _ReplyLost(UpstreamUnavailable):
    """The connection broke after the call was sent: it may have been done."""


async def called(
    call: Callable[[], Awaitable[T]],
    *,
    repeatable: bool = True,
    patience_s: float = PATIENCE_S,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """What Slack replies. `repeatable` says that doing it twice does no harm.

    Raises:
        SlackRefused: it never will.
        RateLimited, UpstreamUnavailable: it may later, but not within `patience_s`.
    """
    give_up_at = time.monotonic() + patience_s
    attempt = 0
    while True:
        try:
            return await once(call)
        except TransientError as error:
            attempt += 1
            if isinstance(error, _ReplyLost) and not repeatable:
                raise
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1)) + random.uniform(0, 0.25)
            if isinstance(error, RateLimited):
                wait_s = error.retry_after_s or _DEFAULT_RETRY_AFTER_S
            if attempt >= MOST_ATTEMPTS or time.monotonic() + wait_s > give_up_at:
                raise
            await sleep(wait_s)


async def once(call: Callable[[], Awaitable[T]]) -> T:
    """The same in one attempt. Raises the same."""
    try:
        return await call()
    except SlackApiError as error:
        raise _translated(error) from error
    except aiohttp.ClientConnectorError as error:
        raise UpstreamUnavailable(f"Slack cannot be reached: {error}") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _ReplyLost(f"the connection to Slack broke: {error or type(error).__name__}") from error


def _translated(error: SlackApiError) -> TransientError | SlackRefused:
    response = error.response
    data = getattr(response, "data", None)
    said = data if isinstance(data, dict) else {}
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    code = str(said.get("error", "")) or f"http_{status}"
    if status == 429 or code in ("ratelimited", "rate_limited"):
        headers = {name.lower(): value for name, value in dict(getattr(response, "headers", {})).items()}
        after = str(headers.get("retry-after", ""))
        wait_s = float(after) if after.isascii() and after.isdigit() else None
        return RateLimited("Slack asks for a pause", wait_s)
    if status >= 500 or code in _TRANSIENT_CODES:
        return UpstreamUnavailable(f"Slack answered with {code}")
    if code == "missing_scope":
        return SlackRefused(missing_scope_words(str(said.get("needed", "unknown"))), code)
    return SlackRefused(f"Slack refused: {_WORDS.get(code, code)}", code)
