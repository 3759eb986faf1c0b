"""The whole path of a question: understand, retrieve, compose, verify, answer or abstain.

Events are produced as they become true; `answer` is their end. Nothing leaves here that has not passed
`service.verification`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.articles import ArticleFilter
from ingest.embedding import Embedder
from service.answers import Answer, Citation, Disagreement, Passage, Side, Statement, Timings
from service.candidates import Candidate, candidates_in
from service.citing import Citations
from service.disagreement import disagreements
from service.events import AskEvent, DoneEvent, PassagesEvent, StatementEvent
from service.extractive import Choice, choose, overlapping
from service.library import Library
from service.questions import Question, as_plain, parts_of, understand
from service.reading import Reading
from service.referents import readable
from service.reranking import Reranker
from service.retrieval import Hit, Retriever, passage_of
from service.verification import Evidence, verify
from service.weighing import Weigher

Found = tuple[NDArray[np.float32], list[Hit], dict[str, Reading]]
"""A question's vector, its hits, and the articles they lie in."""

CLOSEST_SHOWN = 2
PASSAGES_SHOWN = 10


class Answerer:
    """Answers questions from one library. Safe to share between threads."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        *,
        public_url: str,
        retrieve_limit: int,
        reranker: Reranker | None = None,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._retriever = Retriever(library, embedder, reranker)
        self._public_url = public_url.rstrip("/")
        self._retrieve_limit = retrieve_limit

    def answer(self, text: str, filters: ArticleFilter) -> Answer:
        """The whole answer at once."""
        for event in self.events(text, filters):
            if isinstance(event, DoneEvent):
                return event.answer
        raise AssertionError("an answer always ends with DoneEvent")

    def search(self, text: str, filters: ArticleFilter, limit: int) -> list[Hit]:
        """Passages for a query, best first."""
        question = understand(text, self._library.shelf().outlets)
        return self._retriever.retrieve(question, filters, limit).hits

    def events(self, text: str, filters: ArticleFilter) -> Iterator[AskEvent]:
        """Passages, then each verified statement, then the whole answer.

        A compound question is answered part by part; parts that cannot be answered are named in `reason`.
        """
        begun = time.perf_counter()
        outlets = self._library.shelf().outlets
        whole = understand(text, outlets)
        questions = (
            [understand(part, outlets) for part in parts_of(text)] if len(parts_of(text)) > 1 else [whole]
        )
        found = [self._find(question, filters) for question in questions]
        retrieved = time.perf_counter()
        yield PassagesEvent(self._passages(found))

        citations = Citations(self._library, self._public_url)
        said: dict[str, Statement] = {}
        outcomes: list[tuple[Question, Choice, bool]] = []
        composing = verifying = 0.0
        for question, (vector, hits, readings) in zip(questions, found, strict=True):
            started = time.perf_counter()
            choice = self._choose(question, vector, hits, readings)
            chosen = time.perf_counter()
            answered = False
            for statement, cited in self._statements(choice, citations):
                answered = True
                if statement.text not in said:
                    said[statement.text] = statement
                    yield StatementEvent(statement, cited)
            outcomes.append((question, choice, answered))
            composing += chosen - started
            verifying += time.perf_counter() - chosen
        timings = Timings(retrieve=_ms(retrieved - begun), compose=_ms(composing), verify=_ms(verifying))
        yield DoneEvent(
            self._finish(
                whole, outcomes, list(said.values()), citations, timings, self._nothing_to_read(filters)
            )
        )

    def _nothing_to_read(self, filters: ArticleFilter) -> str | None:
        """Why no article could be asked at all: a mistyped filter must not pass for a finding."""
        if not self._library.shelf().records:
            return "There are no articles yet: run `dateline ingest FOLDER`."
        allowed = self._library.admitted(filters)
        return "No article passes the filters." if allowed is not None and not allowed else None

    def _find(self, question: Question, filters: ArticleFilter) -> Found:
        found = self._retriever.retrieve(question, filters, self._retrieve_limit)
        readings = self._library.readings(dict.fromkeys(hit.chunk.article_id for hit in found.hits))
        return found.vector, [hit for hit in found.hits if hit.chunk.article_id in readings], readings

    def _passages(self, found: Sequence[Found]) -> tuple[Passage, ...]:
        shown: dict[str, Passage] = {}
        for _, hits, readings in found:
            for hit in hits[:PASSAGES_SHOWN]:
                line = readings[hit.chunk.article_id].article.line_at(hit.chunk.start)
                shown.setdefault(hit.chunk.chunk_id, passage_of(hit, line))
        return tuple(shown.values())

    def _choose(
        self,
        question: Question,
        vector: NDArray[np.float32],
        hits: Sequence[Hit],
        readings: Mapping[str, Reading],
    ) -> Choice:
        candidates: list[Candidate] = []
        for article_id, reading in readings.items():
            spans = [
                (hit.chunk.start, hit.chunk.end, hit.score)
                for hit in hits
                if hit.chunk.article_id == article_id
            ]
            candidates += candidates_in(reading, spans)
        weigher = Weigher(self._library.keywords())
        choice = choose(question, candidates, weigher, self._embedder.embed, vector)
        plain = as_plain(question) if choice.refusal is not None else None
        if plain is not None:
            asked_plainly = choose(plain, candidates, weigher, self._embedder.embed, vector)
            if asked_plainly.refusal is None:
                return asked_plainly
        return choice

    def _statements(
        self, choice: Choice, citations: Citations
    ) -> Iterator[tuple[Statement, tuple[Citation, ...]]]:
        """The chosen statements that pass verification, with their citations."""
        for chosen in choice.chosen:
            text = readable(chosen.scored.candidate)
            if not verify(text, [evidence_of(chosen.scored.candidate)]).supported:
                continue
            cited = citations.cite([item.candidate for item in (chosen.scored, *chosen.corroborating)])
            statement = Statement(text=text, citations=tuple(item.id for item in cited), support="verbatim")
            yield statement, cited

    def _finish(
        self,
        whole: Question,
        outcomes: Sequence[tuple[Question, Choice, bool]],
        statements: Sequence[Statement],
        citations: Citations,
        timings: Timings,
        empty: str | None,
    ) -> Answer:
        reasons = [
            _reason(question, choice, len(outcomes) > 1) for question, choice, done in outcomes if not done
        ]
        if empty:
            reasons = [empty]
        reason = " ".join(reasons) or None
        if statements:
            differing = [
                conflict
                for question, choice, done in outcomes
                if done
                for conflict in _differing(question, choice, citations)
            ]
            return Answer(
                status="answered",
                question=whole.text,
                answer=" ".join(_marked(statement) for statement in statements),
                reason=reason,
                statements=tuple(statements),
                citations=citations.all(),
                disagreements=tuple(differing),
                timings_ms=timings,
            )
        closest = Citations(self._library, self._public_url)
        for _, choice, _ in outcomes:
            closest.cite(_apart([item.candidate for item in choice.considered])[:CLOSEST_SHOWN])
        return Answer(
            status="abstained",
            question=whole.text,
            answer=f"The articles do not answer this. {reason}",
            reason=reason,
            closest=closest.all()[:CLOSEST_SHOWN],
            timings_ms=timings,
        )


def evidence_of(candidate: Candidate) -> Evidence:
    """The candidate's words, and what its article knows about who speaks and is meant in them."""
    return Evidence(
        text=candidate.text,
        speakers=frozenset(quotation.speaker for quotation in candidate.quotations if quotation.speaker),
        names=frozenset(mention.name for mention in candidate.mentions),
    )


def _differing(question: Question, choice: Choice, citations: Citations) -> tuple[Disagreement, ...]:
    found = disagreements(question, [item.candidate for item in choice.considered], choice.chosen)
    return tuple(
        Disagreement(
            about=conflict.about,
            sides=tuple(
                Side(text=readable(side), citations=tuple(item.id for item in citations.cite([side])))
                for side in conflict.sides
            ),
        )
        for conflict in found
    )


def _apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that share no words with one before them."""
    kept: list[Candidate] = []
    for candidate in candidates:
        if not any(overlapping(candidate, other) for other in kept):
            kept.append(candidate)
    return kept


def _reason(question: Question, choice: Choice, is_part: bool) -> str:
    reason = choice.refusal.reason if choice.refusal else "What was found did not pass verification."
    return f"“{question.text.rstrip('?')}?”: {reason}" if is_part else reason


def _marked(statement: Statement) -> str:
    return statement.text + "".join(f" [{number}]" for number in statement.citations)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
