"""The whole path of a question: understand, retrieve, compose, verify, answer or abstain.

Two engines compose: a language model, where one is configured, and the articles' own sentences, always. Whatever goes
wrong with the model, the second finishes the answer. Events come as they become true, the whole answer last.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.articles import ArticleFilter
from ingest.embedding import Embedder
from ingest.errors import DatelineError, RateLimited
from service.answers import Dropped, Passage, Timings
from service.cancellation import Cancellation
from service.citing import Citations
from service.composing import ExtractiveComposer, Found, holds, statements
from service.compound import pieces_of
from service.concluding import Part, Writing, conclude, unclear
from service.conversation import Turn
from service.drafting import Draft
from service.events import AskEvent, DoneEvent, PassagesEvent, StatementEvent
from service.follow_ups import Standalone, standalone
from service.generative import Refused, Writer
from service.library import Library
from service.question_parts import Part as SearchedPart
from service.questions import Question, understand
from service.request_context import REQUEST_ID
from service.reranking import Reranker
from service.retrieval import Hit, Retriever, passage_of
from service.second_opinion import could_answer, is_told, leaves_out, sure_of

PASSAGES_SHOWN = 10

if TYPE_CHECKING:
    from service.model_engine import ModelEngine
    from service.part_proposals import Proposal

_log = logging.getLogger("dateline.answering")


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
        engine: ModelEngine | None = None,
    ) -> None:
        """Without a model's `engine` there is only the extractive one."""
        self._library = library
        self._composer = ExtractiveComposer(library, embedder)
        self._retriever = Retriever(library, embedder, reranker)
        self._public_url = public_url.rstrip("/")
        self._retrieve_limit = retrieve_limit
        self._engine = engine

    def search(self, text: str, filters: ArticleFilter, limit: int) -> list[Hit]:
        """Passages for a query, best first."""
        question = understand(text, self._library.shelf().outlets)
        return self._retriever.retrieve(question, filters, limit).hits

    def events(
        self,
        text: str,
        filters: ArticleFilter,
        *,
        history: Sequence[Turn] = (),
        use_model: bool = True,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        """Passages, then each verified statement, then the whole answer.

        The articles' own sentences answer a compound question part by part; parts that cannot be answered are named
        in `reason`. `cancellation` stops the model from another thread; closing the iterator does from this one.
        """
        begun = time.perf_counter()
        engine = self._engine if use_model else None
        asked = self._standalone(text, history, engine)
        if history and asked.dependent and not asked.changed:
            yield PassagesEvent(())
            yield DoneEvent(unclear(text, asked.usage))
            return
        outlets = self._library.shelf().outlets
        whole = understand(asked.text, outlets)
        pieces = pieces_of(asked.text)
        questions = [understand(part, outlets) for part in pieces] if len(pieces) > 1 else [whole]
        cancellation = cancellation or Cancellation()
        proposal = self._proposal(whole, engine, cancellation)
        proposed = proposal.parts if proposal else ()
        found = [self._find(question, filters, proposed) for question in ([whole] if engine else questions)]
        retrieved = time.perf_counter()
        yield PassagesEvent(self._passages(found))

        draft = Draft(Citations(self._library, self._public_url))
        writing: Writing | None = None
        parts = self._parts([whole] if engine else questions, found, asked.claims)
        if engine is not None:
            writing = yield from self._written(
                engine.writer, parts[0], asked.claims, found[0], draft, cancellation
            )
            if writing.trouble and len(questions) > 1:
                found = [self._find(question, filters) for question in questions]
                parts = self._parts(questions, found, asked.claims)
        verifying = time.perf_counter()
        if writing is None or writing.trouble:
            parts = yield from self._extracted(parts, draft)
        elif (yield from self._completed(parts[0], draft)):
            note = f"The last sentence is the articles’ own: the model {writing.outcome.model} had passed it over."
            writing = replace(writing, note=note)
        timings = Timings(
            retrieve=_ms(retrieved - begun),
            compose=_ms(verifying - retrieved),
            verify=_ms(time.perf_counter() - verifying),
        )
        answer = conclude(
            text,
            asked.text if asked.changed else None,
            parts,
            draft,
            writing,
            timings,
            nearest=Citations(self._library, self._public_url),
            empty=self._nothing_to_read(filters),
            proposal=proposal,
            before=asked.usage,
        )
        yield DoneEvent(answer)

    def _standalone(self, text: str, history: Sequence[Turn], engine: ModelEngine | None) -> Standalone:
        if not history:
            return Standalone(text, changed=False)
        if engine is not None:
            return engine.condense(text, history)
        return standalone(text, history)

    def _proposal(
        self, question: Question, engine: ModelEngine | None, cancellation: Cancellation
    ) -> Proposal | None:
        """The parts of the question as the model sees them, where it is to be asked."""
        if engine is None or engine.proposer is None:
            return None
        return engine.proposer.propose(question, self._library, cancellation)

    def _find(
        self, question: Question, filters: ArticleFilter, proposed: Sequence[SearchedPart] = ()
    ) -> Found:
        found = self._retriever.retrieve(question, filters, self._retrieve_limit, proposed)
        readings = self._library.readings(dict.fromkeys(hit.chunk.article_id for hit in found.hits))
        hits = [hit for hit in found.hits if hit.chunk.article_id in readings]
        return Found(found.vector, hits, readings)

    def _passages(self, found: Sequence[Found]) -> tuple[Passage, ...]:
        shown: dict[str, Passage] = {}
        for one in found:
            for hit in one.hits[:PASSAGES_SHOWN]:
                line = one.readings[hit.chunk.article_id].article.line_at(hit.chunk.start)
                shown.setdefault(hit.chunk.chunk_id, passage_of(hit, line))
        return tuple(shown.values())

    def _parts(
        self, questions: Sequence[Question], found: Sequence[Found], claims: Sequence[str]
    ) -> list[Part]:
        return [
            Part(question, self._composer.choose(question, of_part, claims))
            for question, of_part in zip(questions, found, strict=True)
        ]

    def _written(
        self,
        writer: Writer,
        part: Part,
        claims: Sequence[str],
        found: Found,
        draft: Draft,
        cancellation: Cancellation,
    ) -> Generator[StatementEvent, None, Writing]:
        """What the model says of `found`, as far as it is verified and can answer."""
        question = part.question
        trouble: str | None = None
        unfit: list[Dropped] = []
        with (
            writer.write(question, question.text, found.vector, found.hits, found.readings) as writing,
            cancellation.stopping(writing.close),
        ):
            try:
                for item in writing:
                    if isinstance(item, Refused):
                        continue
                    if not (
                        could_answer(question, part.choice.refusal, item.text, item.candidates)
                        and any(holds(claims, one) for one in item.candidates)
                    ):
                        unfit.append(Dropped(text=item.text, reason="off-topic"))
                        continue
                    event = draft.say(item.text, item.candidates, written=True)
                    if event is not None:
                        yield event
            except DatelineError as error:
                name = writer.model.name
                _log.warning("request %s: the model %s failed: %s", REQUEST_ID.get() or "-", name, error)
                if draft.statements:
                    trouble = f"The model {name} broke off; the articles’ own sentences complete the answer."
                elif isinstance(error, RateLimited):
                    trouble = (
                        f"The model {name} cannot take another question just now; "
                        "these are the articles’ own sentences."
                    )
                else:
                    trouble = (
                        f"The model {name} could not be reached or did not answer; "
                        "these are the articles’ own sentences."
                    )
            outcome = writing.outcome
        if trouble is None and not draft.statements:
            name = writer.model.name
            if outcome.ending != "refused":
                trouble = (
                    f"Nothing that the model {name} wrote could be verified; "
                    "these are the articles’ own sentences."
                )
            elif sure_of(part.choice) is not None:
                trouble = f"The model {name} found no answer; these are the articles’ own sentences."
        return Writing(outcome, trouble, unfit=tuple(unfit))

    def _completed(self, part: Part, draft: Draft) -> Generator[StatementEvent, None, bool]:
        """The best of the articles' own sentences, where it surely answers and nothing said holds it."""
        best, said = sure_of(part.choice), [statement.text for statement in draft.statements]
        if best is None or not said:
            return False
        for text, candidates in statements(part.choice):
            told = is_told(part.question, text, said) or any(
                draft.rests_on(one.scored.candidate) for one in part.choice.chosen
            )
            told = told and not leaves_out(part.question, text, said)
            if candidates[0] is best.candidate and not told:
                event = draft.say(text, candidates)
                if event is not None:
                    yield event
                    return True
        return False

    def _extracted(self, parts: Sequence[Part], draft: Draft) -> Generator[StatementEvent, None, list[Part]]:
        """The articles' own sentences, save those whose words a statement rests on already."""
        done = []
        for part in parts:
            answered = False
            for text, candidates in statements(part.choice):
                answered = True
                if not draft.rests_on(candidates[0]):
                    event = draft.say(text, candidates)
                    if event is not None:
                        yield event
            done.append(Part(part.question, part.choice, answered))
        return done

    def _nothing_to_read(self, filters: ArticleFilter) -> str | None:
        """Why no article could be asked at all: a mistyped filter must not pass for a finding."""
        if not self._library.shelf().records:
            return "There are no articles yet: run `dateline ingest FOLDER`."
        allowed = self._library.admitted(filters)
        return "No article passes the filters." if allowed is not None and not allowed else None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
