"""One question from its admission to its answer in Slack, whatever way it was asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ingest.errors import DatelineError, RateLimited
from service.answers import Citation, Statement
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import DoneEvent, StatementEvent
from service.slack.answer_blocks import Rendered, answer_view, partial_view
from service.slack.buttons import answer_messages
from service.slack.calling import SlackRefused
from service.slack.desk import Desk
from service.slack.notices import help_message, too_long, trouble, working
from service.slack.parts import Message
from service.slack.pool import WorkPool
from service.slack.recent import Given, RecentAnswers
from service.slack.replying import Reply
from service.slack.requests import MAX_QUESTION_CHARS, Digest, Help, Question, Wanted
from service.slack.summary_blocks import summary_view
from service.summaries import SummaryDone

History = Callable[[], Awaitable[Sequence[Turn]]]

_log = logging.getLogger("dateline.slack")


@dataclass(frozen=True, slots=True)
class Surface:
    """The workspace in which an answer is shown, what it may offer there, and what is known there already."""

    team_id: str = ""
    may_share: bool = False
    shown_question: bool = False


async def no_history() -> Sequence[Turn]:
    """Nothing was said before."""
    return ()


class Asking:
    """Answers over a desk, in a pool of threads. `lost` hears of errors that mean a workspace is gone."""

    def __init__(
        self,
        desk: Desk,
        pool: WorkPool,
        recent: RecentAnswers,
        *,
        public_url: str,
        rated: bool,
        lost: Callable[[str, str], None],
    ) -> None:
        self._desk = desk
        self._pool = pool
        self._recent = recent
        self._public_url = public_url
        self._rated = rated
        self._lost = lost

    async def answer(
        self,
        wanted: Wanted,
        reply: Reply,
        surface: Surface,
        *,
        history: History = no_history,
        cancellation: Cancellation | None = None,
    ) -> None:
        """Answer in `reply`. What goes wrong is said there, and logged; nothing but cancellation is raised."""
        cancellation = cancellation or Cancellation()
        try:
            await self._answered(wanted, reply, surface, history, cancellation)
        except SlackRefused as error:
            self._tell_refused(error, surface)
        except Exception as error:  # noqa: BLE001 - whoever asked is told, whatever it was
            await self._say(reply, error, surface)

    async def _answered(
        self, wanted: Wanted, reply: Reply, surface: Surface, history: History, cancellation: Cancellation
    ) -> None:
        if isinstance(wanted, Help):
            await reply.finish([help_message(rated=self._rated)])
            return
        if isinstance(wanted, Question) and len(wanted.text) > MAX_QUESTION_CHARS:
            await reply.finish([too_long(wanted.text)])
            return
        try:
            with self._pool.admitted(cancellation):
                await reply.begin(working(summary=isinstance(wanted, Digest)))
                messages = await self._made(wanted, reply, surface, history, cancellation)
        except asyncio.CancelledError:
            cancellation.cancel()
            raise
        if messages is None:
            await reply.withdraw()
        else:
            await reply.finish(messages)

    async def _made(
        self,
        wanted: Question | Digest,
        reply: Reply,
        surface: Surface,
        history: History,
        cancellation: Cancellation,
    ) -> Sequence[Message] | None:
        """The whole answer; None when it was cancelled."""
        if isinstance(wanted, Digest):
            given = await self._summary(wanted, cancellation)
        else:
            turns = await self._turns(history)
            given = await self._answer(wanted.text, turns, reply, cancellation)
        if given is None:
            return None
        return answer_messages(
            given.rendered,
            self._recent.keep(given),
            given.question,
            may_rate=self._rated,
            may_share=surface.may_share,
            shown_question=surface.shown_question,
        )

    async def _answer(
        self, question: str, turns: Sequence[Turn], reply: Reply, cancellation: Cancellation
    ) -> Given | None:
        make = partial(self._desk.ask_events, question, history=turns, cancellation=cancellation)
        statements: list[Statement] = []
        citations: dict[int, Citation] = {}
        async for event in self._pool.begin(make, cancellation).events():
            if isinstance(event, StatementEvent):
                statements.append(event.statement)
                citations |= {one.id: one for one in event.citations}
                await reply.grow(self._partial(statements, citations))
            elif isinstance(event, DoneEvent):
                return Given(question, event.answer.answer, answer_view(event.answer, self._public_url))
        return None

    async def _summary(self, wanted: Digest, cancellation: Cancellation) -> Given | None:
        def make() -> Iterator[object]:
            return self._desk.summarize_events(wanted.request, cancellation=cancellation)

        async for event in self._pool.begin(make, cancellation).events():
            if isinstance(event, SummaryDone):
                asked = f"Summarize {wanted.subject}"
                return Given(asked, event.summary.summary, summary_view(event.summary, self._public_url))
        return None

    async def _turns(self, history: History) -> Sequence[Turn]:
        try:
            return await history()
        except DatelineError as error:
            _log.warning("a question is answered without its thread: %s", error)
            return ()

    def _partial(self, statements: Sequence[Statement], citations: dict[int, Citation]) -> Message:
        view: Rendered = partial_view(statements, tuple(citations.values()), self._public_url)
        return answer_messages(view, "", "", may_rate=False, may_share=False)[0]

    def _tell_refused(self, error: SlackRefused, surface: Surface) -> None:
        _log.error("an answer could not be posted: %s", error)
        if error.lost:
            self._lost(surface.team_id, str(error))

    async def _say(self, reply: Reply, error: Exception, surface: Surface) -> None:
        if isinstance(error, RateLimited):
            _log.warning("a question was refused: %s", error)
        elif isinstance(error, DatelineError):
            _log.warning("a question could not be answered: %s", error)
        else:
            _log.error("a question could not be answered", exc_info=error)
        try:
            await reply.finish([trouble(error)])
        except SlackRefused as refused:
            self._tell_refused(refused, surface)
        except DatelineError as unsaid:
            _log.error("and that could not be said: %s", unsaid)
