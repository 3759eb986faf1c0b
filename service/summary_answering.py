"""Summaries as answers: what whoever types "Summarize the news about AUKUS" into a chat is given.

A question has to be answered in a moment, whatever the size of the archive, so that such a summary reads the articles
nearest to its topic, or the newest, and says so where there are more; `service.summarizing` reads all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ingest.articles import ArticleFilter
from service.answers import Answer, Passage
from service.cancellation import Cancellation
from service.concluding import not_answered, told_only
from service.events import AskEvent, DoneEvent, PassagesEvent, StatementEvent
from service.library import Library
from service.summaries import Summary, SummaryDone, SummaryRequest
from service.summarizing import Summarizer
from service.summary_questions import SummaryAsked
from service.terms import fold

MAX_WORDS = 100
MOST_ARTICLES = 30
"""Some 35 ms of one core each."""
PASSAGES_SEARCHED = 120

Search = Callable[[str, int, ArticleFilter], Sequence[Passage]]
"""The passages nearest to a text, best first: text, how many, which articles."""


class SummaryAnswerer:
    """Answers requests for summaries from one library. Threads may share it."""

    def __init__(self, library: Library, summarizer: Summarizer, search: Search) -> None:
        self._library = library
        self._summarizer = summarizer
        self._search = search

    def events(
        self,
        question: str,
        asked: SummaryAsked,
        filters: ArticleFilter,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        """The passages that were found, each verified statement, the whole answer.

        Raises:
            TransientError, PermanentError: a remote embedder failed. While the events come.
        """
        one = self._named(asked.topic)
        if one is not None:
            yield PassagesEvent(())
            yield from self._summary(
                question, SummaryRequest(sources=(one,), max_words=MAX_WORDS), filters, None, cancellation
            )
            return
        found = self._search(asked.topic, PASSAGES_SEARCHED, filters) if asked.topic else ()
        yield PassagesEvent(tuple(found[:10]))
        admitted = self._library.admitted(filters)
        near = list(dict.fromkeys(one.article_id for one in found)) if asked.topic else self._newest(admitted)
        if not near:
            yield DoneEvent(_nothing(question, asked))
            return
        total = len(self._library.shelf().records if admitted is None else admitted)
        sources = tuple(near[:MOST_ARTICLES]) if total > MOST_ARTICLES else ()
        request = SummaryRequest(sources=sources, topic=asked.topic, max_words=MAX_WORDS)
        which = "newest" if asked.topic is None else "nearest"
        note = f"From the {len(sources)} {which} of {total:,} articles." if sources else None
        yield from self._summary(question, request, filters, note, cancellation)

    def _summary(
        self,
        question: str,
        request: SummaryRequest,
        filters: ArticleFilter,
        note: str | None,
        cancellation: Cancellation | None,
    ) -> Iterator[AskEvent]:
        for event in self._summarizer.events(request, filters, cancellation=cancellation):
            if isinstance(event, StatementEvent):
                yield event
            elif isinstance(event, SummaryDone):
                yield DoneEvent(_answer(question, event.summary, note))

    def _named(self, topic: str | None) -> str | None:
        """The id of the article whose title or file name the topic is; None where it is neither, or several are."""
        wanted = fold(topic or "")
        records = self._library.shelf().records.values()
        named = [
            one.article_id
            for one in records
            if wanted
            and wanted in (fold(one.title or ""), fold(one.source), fold(one.source.rpartition("/")[2]))
        ]
        return named[0] if len(named) == 1 else None

    def _newest(self, admitted: frozenset[str] | None) -> list[str]:
        records = self._library.shelf().records.values()
        kept = [one for one in records if admitted is None or one.article_id in admitted]
        kept.sort(key=lambda one: one.published_at or "", reverse=True)
        return [one.article_id for one in kept]


def _nothing(question: str, asked: SummaryAsked) -> Answer:
    reason = (
        f"No article has anything about “{asked.topic}”."
        if asked.topic
        else "There is no article to summarize."
    )
    return told_only(question, not_answered(reason), reason)


def _answer(question: str, summary: Summary, note: str | None) -> Answer:
    said = summary.status == "summarized"
    return Answer(
        status="answered" if said else "abstained",
        question=" ".join(question.split()),
        answer=summary.summary if said else not_answered(summary.reason),
        reason=summary.reason,
        statements=summary.statements,
        citations=summary.citations,
        disagreements=summary.disagreements,
        engine=summary.engine,
        engine_note=note if said else None,
        timings_ms=summary.timings_ms,
        diagnostics=summary.diagnostics,
    )


__all__ = ["SummaryAnswerer"]
