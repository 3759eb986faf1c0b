"""A model asked for the parts of a compound question, before anything is searched; off unless it is switched on.

The call is short, has a deadline of its own, and cannot make an answer fail: a model that is down, late or talks
nonsense leaves the question to the rules. What it writes is held against the question and the archive
(`service.proposed_parts`), and only what passes is searched for beside the rules' parts.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ingest.errors import DatelineError
from ingest.keywords import analyze_terms, content_terms
from service.answers import PromptReference, QuestionParts, RejectedPart, Usage
from service.cancellation import Cancellation
from service.compound import pieces_of
from service.library import Library
from service.llm import ChatMessage, LanguageModel
from service.proposed_parts import KnownToArchive, judged, lines_of
from service.question_parts import (
    LEAST_CLAUSE_TERMS,
    MOST_PARTS,
    Part,
    blanked,
    parts_to_search,
    times_named,
)
from service.questions import Question
from service.request_context import REQUEST_ID

MAX_TOKENS = 240
MOST_CHARS = 2_000
LEAST_TERMS = 2 * LEAST_CLAUSE_TERMS
"""A question of fewer content words holds no two clauses that would be searched apart."""
NAME_LOOKED_FOR_IN = 5
"""Chunks, the best for a name's words, of which one has to hold it as it was written."""

_log = logging.getLogger("dateline.answering")


class PartsPrompt(Protocol):
    """The prompt that asks for the parts (`service.templates.Prompt`), with the variables `question` and `most`."""

    def render(self, **values: str | int) -> tuple[ChatMessage, ...]: ...

    @property
    def reference(self) -> PromptReference: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """The parts to search beside those of the rules; what was proposed; and what it took."""

    parts: tuple[Part, ...]
    report: QuestionParts
    usage: Usage


class PartProposer:
    """Asks one model with one prompt. Threads may share it."""

    def __init__(self, model: LanguageModel, prompt: PartsPrompt, *, timeout_s: float) -> None:
        """`timeout_s` is for a whole proposal, waiting for the model's turn and retries included."""
        self._model = model
        self._prompt = prompt
        self._timeout_s = timeout_s

    def propose(self, question: Question, library: Library, cancellation: Cancellation) -> Proposal | None:
        """Parts of `question` as the model sees them, checked; None for a question that is not asked about: a short
        one, or one of which the rules find as many parts as are searched.

        Raises nothing of the model's: one that fails, or is not through in time, has proposed the lines that had come.
        """
        shelf = library.shelf()
        rules = parts_to_search(
            question.text, question.mentions, times_named(question.text, question.mentions, shelf.newest)
        )
        room = MOST_PARTS - len(rules)
        if not may_be_compound(question) or room < 1:
            return None
        known = KnownToArchive(
            outlets=shelf.outlets,
            days=lambda: _days(library),
            newest=shelf.newest,
            has_name=lambda name: has_name(library, name),
        )
        written, whole, usage, trouble = self._written(question, cancellation)
        accepted, rejected = judged(lines_of(written, whole=whole), question, known, rules)
        report = QuestionParts(
            prompt=self._prompt.reference,
            accepted=tuple(part.text for part in accepted[:room]),
            rejected=(*rejected, *(RejectedPart(text=part.text, reason="many") for part in accepted[room:])),
            trouble=trouble,
        )
        return Proposal(tuple(accepted[:room]), report, usage)

    def _written(self, question: Question, cancellation: Cancellation) -> tuple[str, bool, Usage, str | None]:
        """What the model writes until the deadline, whether that is all of it, what it took, and what went wrong."""
        pieces: list[str] = []
        usage, finish, late = Usage(), None, threading.Event()
        messages = self._prompt.render(question=question.text, most=MOST_PARTS)
        trouble: str | None = None
        try:
            with self._model.stream(messages, max_tokens=MAX_TOKENS) as generation:

                def stop() -> None:
                    late.set()
                    generation.close()

                timer = threading.Timer(self._timeout_s, stop)
                timer.daemon = True
                timer.start()
                try:
                    with cancellation.stopping(generation.close):
                        for piece in generation:
                            pieces.append(piece)
                            if _enough("".join(pieces)):
                                break
                finally:
                    timer.cancel()
                    usage, finish = generation.usage, generation.finish_reason
        except DatelineError as error:
            trouble = str(error)
        if late.is_set():
            trouble = f"not through in {self._timeout_s:g} s (DATELINE_LLM_QUESTION_PARTS_TIMEOUT_S)"
        if trouble is not None:
            name, request = self._model.name, REQUEST_ID.get() or "-"
            _log.warning(
                "request %s: the model %s did not take the question apart: %s", request, name, trouble
            )
        return "".join(pieces), finish == "stop", usage, trouble


def may_be_compound(question: Question) -> bool:
    """Whether a question is long enough to hold parts that are worth a model's time, or is several questions."""
    terms = content_terms(blanked(question.text, question.mentions))
    return len(terms) >= LEAST_TERMS or len(pieces_of(question.text)) > 1


def has_name(library: Library, name: str) -> bool:
    """Whether an article writes this name, as one: looked for in the chunks that have most of its words."""
    keywords, terms = library.keywords(), analyze_terms(name)
    if not terms or not all(keywords.document_frequency(term) for term in terms):
        return False
    found = [chunk_id for chunk_id, _ in keywords.search(terms, NAME_LOOKED_FOR_IN)]
    written = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(written.search(chunk.text) for chunk in library.chunks(found).values())


def _days(library: Library) -> Iterable[str]:
    records = library.shelf().records.values()
    return (record.published_at for record in records if record.published_at)


def _enough(written: str) -> bool:
    return len(written) > MOST_CHARS or written.count("\n") > 2 * MOST_PARTS


__all__ = ["PartProposer", "Proposal", "has_name", "may_be_compound"]
