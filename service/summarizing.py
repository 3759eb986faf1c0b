"""The whole path of a summary: select articles, read them, choose sentences, verify, arrange, or abstain.

The articles' own sentences are the statements, unless a model writes them (`service.summary_writing`). Events come as
they become true: progress while articles are read, then each verified statement, then the whole summary.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ingest.articles import ArticleFilter
from ingest.embedding import Embedder
from ingest.errors import InvalidRequest
from service.answers import Statement, Timings
from service.cancellation import Cancellation
from service.citing import Citations
from service.drafting import Draft
from service.events import ending
from service.library import Library
from service.summaries import STYLES, ReadingEvent, Summary, SummaryDone, SummaryRequest
from service.summaries import Reading as Coverage
from service.summary_arrangement import arranged
from service.summary_disagreements import disagreeing, doubtful, told_apart
from service.summary_events import SummaryEvent
from service.summary_material import Material
from service.summary_pool import SentencePool
from service.summary_sources import selected, without_copies
from service.summary_statements import StatementChooser, Told
from service.summary_styles import ARRANGED
from service.summary_topic import topic_in
from service.support import SupportScorer
from service.weighing import Weigher

if TYPE_CHECKING:
    from service.summary_writing import SummaryWriter, SummaryWriting

READ_AT_ONCE = 10
"""Articles between two reports of progress."""


class Summarizer:
    """Summarizes articles of one library. Safe to share between threads."""

    def __init__(self, library: Library, embedder: Embedder, *, public_url: str) -> None:
        self._library = library
        self._embedder = embedder
        self._public_url = public_url.rstrip("/")
        self._scorer = SupportScorer(embedder.embed)

    def summarize(self, request: SummaryRequest, filters: ArticleFilter) -> Summary:
        """The whole summary at once. Raises as `events` does."""
        return ending(self.events(request, filters), SummaryDone).summary

    def events(
        self,
        request: SummaryRequest,
        filters: ArticleFilter,
        *,
        writer: SummaryWriter | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SummaryEvent]:
        """Progress, each verified statement, the whole summary. With a `writer` a model writes it, which `cancellation`
        stops from another thread.

        Raises:
            InvalidRequest: an empty topic, an unknown style, or a limit below one word. At once.
            ArticleNotFound: a source names no article, or several. At once.
            TransientError, PermanentError: a remote embedder failed. While the events come.
        """
        if request.topic is not None and not request.topic.strip():
            raise InvalidRequest("the topic is empty")
        if request.style not in STYLES:
            raise InvalidRequest(f"there is no style {request.style!r}: {', '.join(STYLES)}")
        if request.max_words < 1:
            raise InvalidRequest("max_words is below 1")
        article_ids = selected(self._library, request.sources, filters)
        return self._events(request, article_ids, writer, cancellation or Cancellation())

    def _events(
        self,
        request: SummaryRequest,
        article_ids: Sequence[str],
        writer: SummaryWriter | None,
        cancellation: Cancellation,
    ) -> Iterator[SummaryEvent]:
        begun = time.perf_counter()
        shelf = self._library.shelf()
        topic, about = None, list(article_ids)
        if request.topic is not None and about:
            topic, about = topic_in(self._library, self._embedder, request.topic, about)
        reading = about if request.style == "compare" else without_copies(shelf, about)[0]
        pool = SentencePool(self._library, self._embedder, len(reading), topic)
        for start in range(0, len(reading), READ_AT_ONCE):
            pool.read(reading[start : start + READ_AT_ONCE])
            is_read = writer is None or not writer.composes(request.style)  # else the model is yet to read it
            yield ReadingEvent(min(start + READ_AT_ONCE, len(reading)) if is_read else 0, len(reading))
        read = time.perf_counter()
        sentences, graph = pool.sentences()
        subject = self._subject(request, article_ids)
        relevant = frozenset(pool.relevant)
        copies = [
            one for one in about if one not in relevant and relevant.intersection(shelf.copies.get(one, ()))
        ]
        near_copies = len(copies) + without_copies(shelf, pool.relevant)[1]
        coverage = Coverage(articles=len(relevant) + len(copies), near_copies=near_copies)
        chooser = StatementChooser(sentences, graph, Weigher(self._library.keywords()), self._scorer)
        conflicts = disagreeing(sentences, pool.beside)
        doubted = doubtful(conflicts)
        arrangement = ARRANGED[request.style](sentences, chooser, request.max_words, doubted)
        composed = time.perf_counter()
        draft = Draft(Citations(self._library, self._public_url))
        said: dict[Told, Statement] = {}
        writing: SummaryWriting | None = None
        if writer is not None and sentences:
            about = [one for one in reading if one in relevant]
            material = Material(request, about, len(reading), sentences, arrangement, doubted)
            with cancellation.stopping((writing := writer.write(material, draft, said)).close):
                yield from writing.events()
            arrangement, composed = writing.arrangement, time.perf_counter()
        for told in arrangement.told:
            event = None if told in said else draft.say(told.text, told.cited)
            if event is not None:
                said[told] = event.statement
                yield event
        if not said:
            reason = self._reason(request, article_ids, bool(sentences))
            nothing = _abstained(request, subject, reason, coverage)
            yield SummaryDone(nothing if writing is None else writing.credits.of(nothing))
            return
        result = arranged(arrangement, said)
        disagreements = told_apart(conflicts, draft.citations)
        citations = draft.citations.all()
        cited = {citation.article_id for citation in citations}
        summary = Summary(
            status="summarized",
            subject=subject,
            style=request.style,
            summary=result.text,
            statements=draft.statements,
            citations=citations,
            events=result.events,
            undated=result.undated,
            shared=result.shared,
            singles=result.singles,
            disagreements=disagreements,
            reading=coverage.model_copy(update={"cited": len(cited)}),
            timings_ms=Timings(
                retrieve=_ms(read - begun),
                compose=_ms(composed - read),
                verify=_ms(time.perf_counter() - composed),
            ),
        )
        yield SummaryDone(summary if writing is None else writing.credits.of(summary))

    def _subject(self, request: SummaryRequest, article_ids: Sequence[str]) -> str:
        """What the summary is of, in words."""
        records = self._library.shelf().records
        if request.topic is not None:
            return " ".join(request.topic.split())
        if len(article_ids) == 1 and article_ids[0] in records:
            return records[article_ids[0]].title or records[article_ids[0]].source
        return ", ".join(request.sources) or f"all {len(article_ids)} articles"

    def _reason(self, request: SummaryRequest, article_ids: Sequence[str], found: bool) -> str:
        """Why there is no summary."""
        if not self._library.shelf().records:
            return "There are no articles yet: run `dateline ingest FOLDER`."
        if not article_ids:
            return "No article passes the filters."
        if found:
            return "No sentence that could be shown passed verification."
        if request.topic is not None:
            return f"No article has anything about “{' '.join(request.topic.split())}”."
        return "The articles have no sentence that can be read on its own."


def _abstained(request: SummaryRequest, subject: str, reason: str, coverage: Coverage) -> Summary:
    return Summary(
        status="abstained",
        subject=subject,
        style=request.style,
        summary=f"There is nothing to summarize. {reason}",
        reason=reason,
        reading=coverage,
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
