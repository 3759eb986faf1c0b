"""What a press on a button under an answer does: show the quotations, keep a verdict, share with the channel."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import ValidationError
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import ArticleNotFound, DatelineError
from ingest.records import StoredArticle
from service.feedback import Feedback, Verdict
from service.slack.buttons import DOWN, QUOTATIONS, SHARE, UP, answer_of, shared_messages
from service.slack.calling import called, once
from service.slack.commenting import Comments, FeedbackStore
from service.slack.desk import Desk
from service.slack.mrkdwn import readable
from service.slack.notices import ALREADY_SHARED, FORGOTTEN, THANKS, UNSAID, notice, trouble
from service.slack.quotations import Place, Quoted, loading_view, places_of, quotations_view, quoted
from service.slack.recent import RecentAnswers
from service.slack.replying import respond
from service.slack.seen import Seen

MOST_ANSWER_CHARS = 20_000
MOST_VERDICTS = 500
MOST_SHARED = 5
"""Messages that a press's address is good for."""

_log = logging.getLogger("dateline.slack")

Json = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]


class Presses:
    """The buttons' work. For one event loop."""

    def __init__(self, desk: Desk, recent: RecentAnswers, seen: Seen, feedback: FeedbackStore | None) -> None:
        self._desk = desk
        self._recent = recent
        self._seen = seen
        self._feedback = feedback
        self._comments = None if feedback is None else Comments(feedback, seen)
        self._verdicts: OrderedDict[tuple[str, str], tuple[str, Feedback]] = OrderedDict()

    def register(self, app: AsyncApp) -> None:
        """Listen to the buttons."""

        async def quotations(ack: Ack, body: Json, action: Json, client: AsyncWebClient) -> None:
            await ack()
            await _told(body, self.quotations(body, action, client))

        async def up(ack: Ack, body: Json, action: Json, client: AsyncWebClient) -> None:
            await ack()
            await _told(body, self.rate("up", body, action, client))

        async def down(ack: Ack, body: Json, action: Json, client: AsyncWebClient) -> None:
            await ack()
            await _told(body, self.rate("down", body, action, client))

        async def share(ack: Ack, body: Json, action: Json) -> None:
            await ack()
            await _told(body, self.share(body, action))

        app.action(QUOTATIONS)(quotations)
        app.action(UP)(up)
        app.action(DOWN)(down)
        app.action(SHARE)(share)
        if self._comments is not None:
            self._comments.register(app)

    async def quotations(self, body: Json, action: Json, client: AsyncWebClient) -> None:
        """Open a window with the words behind the answer: at once, and filled when they are found."""
        trigger = str(body.get("trigger_id", ""))
        opened = await once(lambda: client.views_open(trigger_id=trigger, view=loading_view()))
        found = await asyncio.to_thread(self._quoted, places_of(str(action.get("value", ""))))
        view_id = opened["view"]["id"]
        await called(lambda: client.views_update(view_id=view_id, view=quotations_view(found)), patience_s=20)

    async def rate(self, verdict: Verdict, body: Json, action: Json, client: AsyncWebClient) -> None:
        """Keep a verdict, once for each reader and answer; who gave it is not kept. After 👎 a window asks what was
        wrong, after a second press too."""
        key, question = answer_of(str(action.get("value", "")))
        user = str((body.get("user") or {}).get("id", ""))
        whose = (key or question, user)
        if self._feedback is not None and await self._seen.first(f"rated:{whose[0]}:{user}:{verdict}"):
            kept = self._verdict(verdict, key, question, body)
            if kept is None:
                return
            feedback_id = await asyncio.to_thread(self._feedback.add, kept)
            if verdict == "down":
                self._verdicts[whose] = (feedback_id, kept)
                while len(self._verdicts) > MOST_VERDICTS:
                    self._verdicts.popitem(last=False)
        if verdict == "down" and self._comments is not None and whose in self._verdicts:
            trigger = str(body.get("trigger_id", ""))
            if await self._comments.ask(client, trigger, *self._verdicts[whose]):
                return
        await respond(_address(body), notice(THANKS))

    def _verdict(self, verdict: Verdict, key: str, question: str, body: Json) -> Feedback | None:
        """A verdict on an answer, from memory or from the message under which the button stands."""
        given = self._recent.get(key)
        message = str((body.get("message") or {}).get("text", ""))
        try:
            return Feedback(
                question=(given.question if given is not None else question)[:2000],
                answer=(given.prose if given is not None else readable(message))[:MOST_ANSWER_CHARS],
                verdict=verdict,
                citations=given.spans() if given is not None else (),
            )
        except ValidationError:  # a value that no button of ours has
            _log.warning("a verdict was not kept: it names no question")
            return None

    async def share(self, body: Json, action: Json) -> None:
        """Post the answer for the whole channel. It goes through the press's own address, so the bot need not be in
        the channel."""
        key, _ = answer_of(str(action.get("value", "")))
        given = self._recent.get(key)
        channel = (body.get("channel") or {}).get("id", "")
        if given is None:
            await respond(_address(body), notice(FORGOTTEN))
        elif not await self._seen.first(f"shared:{key}:{channel}"):
            await respond(_address(body), notice(ALREADY_SHARED))
        else:
            user = str((body.get("user") or {}).get("id", ""))
            for message in shared_messages(given.rendered, given.question, user)[:MOST_SHARED]:
                await respond(_address(body), message, to_channel=True)

    def _quoted(self, places: list[Place]) -> list[Quoted]:
        articles: dict[str, StoredArticle | None] = {}
        for place in places:
            if place.article_id not in articles:
                try:
                    articles[place.article_id] = self._desk.article(place.article_id)
                except ArticleNotFound:
                    articles[place.article_id] = None
        return [quoted(place, articles[place.article_id]) for place in places]


async def _told(body: Json, work: Awaitable[None]) -> None:
    """Do it; what goes wrong is said to whoever pressed, and logged."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - whoever pressed is told, whatever it was
        if isinstance(error, DatelineError):
            _log.warning("a press came to nothing: %s", error)
        else:
            _log.error("a press came to nothing", exc_info=error)
        said = trouble(error) if isinstance(error, DatelineError) else notice(UNSAID)
        try:
            await respond(_address(body), said)
        except DatelineError as unsaid:
            _log.warning("and that could not be said: %s", unsaid)


def _address(body: Json) -> str:
    return str(body.get("response_url", ""))
