"""What was wrong with an answer: a window after 👎, whose words are kept with the verdict. Nobody has to write any."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import DatelineError
from service.feedback import Feedback, KeptFeedback
from service.slack.calling import once
from service.slack.notices import THANKS
from service.slack.parts import line, rich_text, words
from service.slack.seen import Seen

COMMENT = "dateline_comment"
FIELD = "text"
MOST_CHARS = 2000
"""What `service.feedback` takes."""
MOST_QUESTION_CHARS = 400
"""Of what a view may carry along, 3,000 characters."""
MOST_KNOWN = 500
INTRO = "Your 👎 is noted. If you say what was wrong, it is kept with the question and the answer, without your name."

_log = logging.getLogger("dateline.slack")

Json = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]


class FeedbackStore(Protocol):
    """Where verdicts are kept. Each method may raise `UpstreamUnavailable`."""

    def add(self, feedback: Feedback) -> str:
        """Keep one for good, and give its id."""

    def read(self) -> Iterable[KeptFeedback]:
        """All of them."""

    def forget(self, feedback_id: str) -> bool:
        """Remove one. Whether it was there."""


class Comments:
    """The window, and what is written into it. For one event loop."""

    def __init__(self, feedback: FeedbackStore, seen: Seen) -> None:
        self._feedback = feedback
        self._seen = seen
        self._known: OrderedDict[str, tuple[str, Feedback]] = OrderedDict()
        """By the id a verdict first had, the id it has since it was commented on."""

    def register(self, app: AsyncApp) -> None:
        """Listen to the window's button."""

        async def submitted(ack: Ack, view: Json) -> None:
            await self.submitted(ack, view)

        app.view(COMMENT)(submitted)

    async def ask(self, client: AsyncWebClient, trigger_id: str, feedback_id: str, kept: Feedback) -> bool:
        """Open the window for a verdict that is kept; whether that could be done. A trigger is good for three
        seconds."""
        self._known.setdefault(feedback_id, (feedback_id, kept))
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        try:
            await once(
                lambda: client.views_open(
                    trigger_id=trigger_id, view=comment_view(feedback_id, kept.question)
                )
            )
        except DatelineError as error:
            _log.info("nobody is asked what was wrong: %s", error)
            return False
        return True

    async def submitted(self, ack: Ack, view: Json) -> None:
        """Keep what was written, once for each window."""
        said = comment_of(view)
        feedback_id, question = verdict_of(view)
        if not said or not feedback_id or not await self._seen.first(f"comment:{view.get('id', '')}"):
            await ack()
            return
        await ack(response_action="update", view=thanks_view())
        try:
            await asyncio.to_thread(self._keep, feedback_id, question, said)
        except DatelineError as error:
            _log.error("a comment was not kept: %s", error)

    def _keep(self, feedback_id: str, question: str, said: str) -> None:
        """The verdict again, with the comment, in the place of the one without."""
        now_id, kept = self._known.get(feedback_id) or (feedback_id, self._read(feedback_id))
        if kept is None:  # removed meanwhile, or kept by another replica on its own disk
            if question:
                self._feedback.add(Feedback(question=question, answer="", verdict="down", comment=said))
            return
        commented = kept.model_copy(update={"comment": said})
        self._known[feedback_id] = (self._feedback.add(commented), commented)
        self._feedback.forget(now_id)

    def _read(self, feedback_id: str) -> Feedback | None:
        for one in self._feedback.read():
            if one.id == feedback_id:
                return Feedback(**one.model_dump(exclude={"id", "given_at"}))
        return None


def comment_view(feedback_id: str, question: str) -> dict[str, Any]:
    """The window."""
    carried = {"f": feedback_id, "q": question[:MOST_QUESTION_CHARS]}
    return {
        "type": "modal",
        "callback_id": COMMENT,
        "private_metadata": json.dumps(carried, ensure_ascii=False),
        "title": _plain("What was wrong?"),
        "submit": _plain("Send"),
        "close": _plain("Skip"),
        "blocks": [
            rich_text(line(words(INTRO))),
            {
                "type": "input",
                "block_id": COMMENT,
                "optional": True,
                "label": _plain("Comment"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": FIELD,
                    "multiline": True,
                    "max_length": MOST_CHARS,
                    "placeholder": _plain("A wrong figure, the wrong person, something that is missing …"),
                },
            },
        ],
    }


def thanks_view() -> dict[str, Any]:
    """What the window shows afterwards."""
    return {
        "type": "modal",
        "title": _plain("Thank you"),
        "close": _plain("Close"),
        "blocks": [rich_text(line(words(THANKS)))],
    }


def comment_of(view: Json) -> str:
    """What was written; empty when nothing was, or the view is none of ours."""
    values = (view.get("state") or {}).get("values") or {}
    said = ((values.get(COMMENT) or {}).get(FIELD) or {}).get("value")
    return str(said or "").strip()[:MOST_CHARS]


def verdict_of(view: Json) -> tuple[str, str]:
    """The verdict's id and its question; empty ones when the view is none of ours."""
    try:
        carried = json.loads(str(view.get("private_metadata") or ""))
    except ValueError:
        return "", ""
    if not isinstance(carried, dict):
        return "", ""
    return str(carried.get("f", "")), str(carried.get("q", ""))


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}
