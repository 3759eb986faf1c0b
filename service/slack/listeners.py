"""What the bot listens to: mentions, direct messages, the command, the shortcut, and the assistant's threads. Every
listener acknowledges at once and works afterwards.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncAssistant
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import DatelineError
from service.cancellation import Cancellation
from service.conversation import Turn
from service.slack.asking import Asking, Surface, no_history
from service.slack.calling import once
from service.slack.mrkdwn import readable, shortened
from service.slack.notices import help_message, working
from service.slack.replying import UPDATE_EVERY_S, PrivateReply, ThreadOrPrivateReply, ThreadReply
from service.slack.requests import Digest, Help, wanted
from service.slack.seen import Seen
from service.slack.threads import Identity, identity_in, thread_history

SHORTCUT = "dateline_ask"
MOST_PROMPTS = 4
_ASKING_SUBTYPES = (None, "file_share", "thread_broadcast")

_log = logging.getLogger("dateline.slack")

Json = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]


class Listeners:
    """Turns Slack's events into questions. For one event loop."""

    def __init__(
        self,
        asking: Asking,
        seen: Seen,
        *,
        prompts: Callable[[int], Awaitable[Sequence[str]]],
        rated: bool,
        update_every_s: float = UPDATE_EVERY_S,
    ) -> None:
        self._asking = asking
        self._seen = seen
        self._prompts = prompts
        self._rated = rated
        self._every_s = update_every_s
        self._under_way: dict[tuple[str, str, str], Cancellation] = {}

    def register(self, app: AsyncApp) -> None:
        """Listen to everything."""

        async def mention(event: Json, body: Json, client: AsyncWebClient, context: AsyncBoltContext) -> None:
            await self.asked(event, body, client, identity_in(context), direct=False)

        async def message(event: Json, body: Json, client: AsyncWebClient, context: AsyncBoltContext) -> None:
            await self.message(event, body, client, identity_in(context))

        async def command(ack: Ack, command: Json, context: AsyncBoltContext) -> None:
            await self.command(ack, command, identity_in(context))

        async def shortcut(
            ack: Ack, shortcut: Json, client: AsyncWebClient, context: AsyncBoltContext
        ) -> None:
            await ack()
            await self.shortcut(shortcut, client, identity_in(context))

        async def ignored() -> None:
            """An event that only has to be acknowledged."""

        app.use(self._assistant())
        app.event("app_mention")(mention)
        app.event("message")(message)
        app.command(re.compile(r"^/"))(command)
        app.shortcut(SHORTCUT)(shortcut)
        for kind in ("app_home_opened", "member_joined_channel", "assistant_thread_context_changed"):
            app.event(kind)(ignored)

    async def message(self, event: Json, body: Json, client: AsyncWebClient, bot: Identity) -> None:
        """A direct message, or news of one. Messages of channels are for people, unless they mention the bot."""
        if event.get("subtype") == "message_deleted":
            self._forget(bot.team_id, str(event.get("channel", "")), str(event.get("deleted_ts", "")))
        elif event.get("channel_type") == "im":
            await self.asked(event, body, client, bot, direct=True)

    async def asked(
        self,
        event: Json,
        body: Json,
        client: AsyncWebClient,
        bot: Identity,
        *,
        direct: bool,
        assistant: bool = False,
    ) -> None:
        """A question in a channel or a direct message; answered once, in the thread it was asked in. Ids of channels
        are unique within a workspace only."""
        if event.get("bot_id") or event.get("subtype") not in _ASKING_SUBTYPES:
            return  # bots, our own messages among them, and edits: two bots that answer each other never end
        channel, ts = str(event.get("channel", "")), str(event.get("ts", ""))
        place = f"{bot.team_id}:{channel}:{ts}"
        event_id = str(body.get("event_id") or place)
        if not await self._seen.first(f"event:{event_id}") or not await self._seen.first(f"asked:{place}"):
            return
        thread_ts = event.get("thread_ts")
        history = no_history
        if thread_ts and thread_ts != ts:
            history = partial(_history, client, channel, str(thread_ts), ts, bot, direct)
        cancellation = Cancellation()
        self._under_way[bot.team_id, channel, ts] = cancellation
        try:
            reply = ThreadReply(
                client,
                channel,
                str(thread_ts or ts),
                assistant=assistant,
                update_every_s=self._every_s,
            )
            question = wanted(readable(str(event.get("text", "")), bot.user_id))
            surface = Surface(bot.team_id, may_share=not direct)
            await self._asking.answer(question, reply, surface, history=history, cancellation=cancellation)
        finally:
            self._under_way.pop((bot.team_id, channel, ts), None)

    async def command(self, ack: Ack, command: Json, bot: Identity) -> None:
        """`/dateline …`: answered to the asker alone, who may share the answer."""
        asked = wanted(readable(str(command.get("text", ""))))
        first = working(summary=isinstance(asked, Digest))
        if isinstance(asked, Help):
            first = help_message(rated=self._rated)
        await ack(text=first.text, blocks=list(first.blocks), response_type="ephemeral")
        if isinstance(asked, Help) or not await self._seen.first(f"command:{command.get('trigger_id', '')}"):
            return
        in_channel = not str(command.get("channel_id", "")).startswith("D")
        surface = Surface(bot.team_id, may_share=in_channel, shown_question=True)
        await self._asking.answer(asked, PrivateReply(str(command["response_url"])), surface)

    async def shortcut(self, shortcut: Json, client: AsyncWebClient, bot: Identity) -> None:
        """ "Ask Dateline about this", on a message: its text is the question."""
        if not await self._seen.first(f"shortcut:{shortcut.get('trigger_id', '')}"):
            return
        message = shortcut.get("message") or {}
        channel = str((shortcut.get("channel") or {}).get("id", ""))
        ts = str(message.get("thread_ts") or message.get("ts") or shortcut.get("message_ts", ""))
        reply = ThreadOrPrivateReply(
            ThreadReply(client, channel, ts, update_every_s=self._every_s),
            PrivateReply(str(shortcut.get("response_url", ""))),
        )
        question = wanted(readable(str(message.get("text", "")), bot.user_id))
        await self._asking.answer(question, reply, Surface(bot.team_id, shown_question=True))

    def _assistant(self) -> AsyncAssistant:
        """Slack's surface for AI apps: threads with suggested prompts and a status line."""
        assistant = AsyncAssistant()

        async def started(payload: Json, client: AsyncWebClient) -> None:
            thread = payload["assistant_thread"]
            found = [
                {"title": shortened(question, 70), "message": question}
                for question in await self._prompts(MOST_PROMPTS)
            ]
            if not found:
                return
            where = {"channel_id": thread["channel_id"], "thread_ts": thread["thread_ts"]}
            try:
                await once(
                    lambda: client.assistant_threads_setSuggestedPrompts(
                        **where, prompts=found, title="The articles answer, for example:"
                    )
                )
            except DatelineError as error:
                _log.warning("no prompts could be suggested: %s", error)

        async def asked(payload: Json, body: Json, client: AsyncWebClient, context: AsyncBoltContext) -> None:
            await self.asked(payload, body, client, identity_in(context), direct=True, assistant=True)

        async def changed() -> None:
            """Which channel the asker looks at changes nothing: answers come from the articles."""

        assistant.thread_started(started)
        assistant.thread_context_changed(changed)
        assistant.user_message(asked)
        return assistant

    def _forget(self, team_id: str, channel: str, ts: str) -> None:
        """Stop answering a question that was deleted."""
        cancellation = self._under_way.get((team_id, channel, ts))
        if cancellation is not None:
            _log.info("a question was deleted while it was being answered")
            cancellation.cancel()


async def _history(
    client: AsyncWebClient, channel: str, thread_ts: str, ts: str, bot: Identity, direct: bool
) -> Sequence[Turn]:
    return await thread_history(client, channel, thread_ts, ts, bot=bot, direct=direct)
