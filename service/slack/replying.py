"""Where an answer goes: a message in a thread that is edited as the answer grows, or messages that only the asker sees.

Slack takes about one edit a second of a message (docs.slack.dev/apis/web-api/rate-limits): edits in between are
skipped, and the last one is always made, with retries.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from ingest.errors import DatelineError, RateLimited, UpstreamUnavailable
from service.slack.calling import SlackRefused, called, once
from service.slack.notices import TOO_LONG_IN_PRIVATE, notice
from service.slack.parts import Message

UPDATE_EVERY_S = 1.1
STATUS = "is reading the articles …"
_POST_INSTEAD = frozenset({"cant_update_message", "edit_window_closed"})
_GONE = frozenset({"message_not_found", "thread_not_found"})

_log = logging.getLogger("dateline.slack")


class Reply(Protocol):
    """An answer's way to its reader."""

    async def begin(self, working: Message) -> None:
        """Show that somebody is at work."""

    async def grow(self, message: Message) -> None:
        """Show what there is so far, when that may be done; returns at once."""

    async def finish(self, messages: Sequence[Message]) -> None:
        """Show the whole, whatever was shown before."""

    async def withdraw(self) -> None:
        """Take back what was shown: the question is gone."""


class ThreadReply:
    """A message in a thread. In an assistant's thread its status stands for the first one."""

    def __init__(
        self,
        client: AsyncWebClient,
        channel: str,
        thread_ts: str | None,
        *,
        assistant: bool = False,
        update_every_s: float = UPDATE_EVERY_S,
    ) -> None:
        self._client = client
        self._channel = channel
        self._thread_ts = thread_ts
        self._assistant = assistant
        self._every_s = update_every_s
        self._ts: str | None = None
        self._latest: Message | None = None
        self._growing: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()
        self._finished = False
        self._not_before = 0.0

    async def begin(self, working: Message) -> None:
        """Show that somebody is at work.

        Raises:
            DatelineError: nothing can be posted there.
        """
        if self._assistant and self._thread_ts is not None and await self._set_status(self._thread_ts):
            return
        self._ts = await self._post(working)
        self._not_before = time.monotonic() + self._every_s

    async def grow(self, message: Message) -> None:
        """Show what there is so far, at the pace that Slack allows."""
        self._latest = message
        if self._growing is None or self._growing.done():
            self._growing = asyncio.create_task(self._edit_in_time())

    async def finish(self, messages: Sequence[Message]) -> None:
        """Show the whole; the first message takes the place of what was there, the others follow.

        Raises:
            DatelineError: Slack does not take it, or not in time.
        """
        self._finished = True
        async with self._sending:  # an edit under way must not come after the last
            for message in messages:
                await self._last(message)
                self._ts = None

    async def withdraw(self) -> None:
        """Delete what was shown."""
        self._finished = True
        async with self._sending:
            if self._ts is not None:
                ts = self._ts
                with suppress(DatelineError):
                    await called(
                        lambda: self._client.chat_delete(channel=self._channel, ts=ts), patience_s=10
                    )

    async def _set_status(self, thread_ts: str) -> bool:
        """Whether there is a status to show: a thread of an ordinary direct message has none."""
        try:
            await once(
                lambda: self._client.assistant_threads_setStatus(
                    channel_id=self._channel, thread_ts=thread_ts, status=STATUS
                )
            )
        except DatelineError:
            return False
        return True

    async def _edit_in_time(self) -> None:
        while self._latest is not None:
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            async with self._sending:
                message, self._latest = self._latest, None
                if message is None or self._finished:
                    return
                try:
                    if self._ts is None:
                        self._ts = await self._post(message)
                    else:
                        await once(self._edit(self._ts, message))
                except RateLimited as error:
                    self._not_before = time.monotonic() + (error.retry_after_s or self._every_s)
                except DatelineError as error:
                    _log.info("an answer could not be shown as it grew: %s", error)
                    return
                self._not_before = max(self._not_before, time.monotonic() + self._every_s)

    async def _last(self, message: Message) -> None:
        try:
            if self._ts is not None:
                try:
                    await called(self._edit(self._ts, message))
                    return
                except SlackRefused as error:
                    if error.code in _GONE:
                        _log.info("an answer was deleted before it was whole")
                        return
                    if error.code not in _POST_INSTEAD:
                        raise
            await self._post(message)
        except SlackRefused as error:
            if error.code != "msg_blocks_too_long" or len(message.blocks) < 2:
                raise
            middle = len(message.blocks) // 2
            await self._last(Message(message.text, message.blocks[:middle]))
            self._ts = None
            await self._last(Message("… continued", message.blocks[middle:]))

    def _edit(self, ts: str, message: Message) -> Callable[[], Awaitable[Any]]:
        return lambda: self._client.chat_update(
            channel=self._channel,
            ts=ts,
            text=message.text,
            blocks=list(message.blocks),
            parse="none",
            link_names=False,
        )

    async def _post(self, message: Message) -> str:
        posted = await called(
            lambda: self._client.chat_postMessage(
                channel=self._channel,
                thread_ts=self._thread_ts,
                text=message.text,
                blocks=list(message.blocks),
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
            ),
            repeatable=False,
        )
        return str(posted["ts"])


class PrivateReply:
    """Messages that only the asker sees, through the address that came with the command; good for five of them and half
    an hour."""

    MOST_MESSAGES = 5

    def __init__(self, response_url: str) -> None:
        self._url = response_url

    async def begin(self, working: Message) -> None:
        """The acknowledgement has said so."""

    async def grow(self, message: Message) -> None:
        """These messages are not edited."""

    async def finish(self, messages: Sequence[Message]) -> None:
        """Show the whole.

        Raises:
            DatelineError: Slack does not take it.
        """
        if len(messages) > self.MOST_MESSAGES:
            messages = [*messages[: self.MOST_MESSAGES - 1], notice(TOO_LONG_IN_PRIVATE)]
        for message in messages:
            await respond(self._url, message)

    async def withdraw(self) -> None:
        """There is nothing to take back."""


async def respond(response_url: str, message: Message, *, to_channel: bool = False) -> None:
    """Answer through a command's or a button's address: to its user alone, or to the channel.

    Raises:
        DatelineError: Slack does not take it.
    """
    webhook = AsyncWebhookClient(
        response_url, retry_handlers=[], logger=logging.getLogger("dateline.slack.sdk")
    )

    async def send() -> Any:
        reply = await webhook.send(
            text=message.text,
            blocks=list(message.blocks),
            response_type="in_channel" if to_channel else "ephemeral",
            replace_original=False,
            unfurl_links=False,
            unfurl_media=False,
        )
        if reply.status_code == 429:
            after = {name.lower(): value for name, value in reply.headers.items()}.get("retry-after", "")
            raise RateLimited("Slack asks for a pause", float(after) if after.isdigit() else None)
        if reply.status_code >= 500:
            raise UpstreamUnavailable(f"Slack answered with status {reply.status_code}")
        if reply.status_code != 200:
            raise SlackRefused(f"Slack refused: {reply.body[:200]}", reply.body[:50])
        return reply

    await called(send, repeatable=False)


class ThreadOrPrivateReply:
    """In the thread of a message where the bot may post, and else for the asker alone: shortcuts work in channels that
    the bot is not in."""

    def __init__(self, thread: ThreadReply, private: PrivateReply) -> None:
        self._thread = thread
        self._private = private
        self._chosen: Reply = thread

    async def begin(self, working: Message) -> None:
        """Show that somebody is at work, in the thread if that can be."""
        try:
            await self._thread.begin(working)
        except SlackRefused as error:
            if error.lost:
                raise
            _log.info("answering in private: %s", error)
            self._chosen = self._private

    async def grow(self, message: Message) -> None:
        """Show what there is so far."""
        await self._chosen.grow(message)

    async def finish(self, messages: Sequence[Message]) -> None:
        """Show the whole."""
        await self._chosen.finish(messages)

    async def withdraw(self) -> None:
        """Take back what was shown."""
        await self._chosen.withdraw()
