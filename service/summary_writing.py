"""Summaries by a language model, over what the articles' own sentences would say.

The articles' own sentences are chosen first (`service.summarizing`): they say what a statement weighs and what others
contradict, and they stand in wherever the model fails. A paragraph and key points are the model's own composition
(`service.summary_composing`); of timelines and comparisons it only words the entries (`service.rewording`). Nothing is
said that has not been held against sentences of the articles, as in an answer (`service.resolving`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import Embedder
from ingest.errors import DatelineError
from service.answers import Statement
from service.article_maps import Room
from service.drafting import Draft
from service.events import StatementEvent
from service.evidence_block import EvidenceBlock
from service.extractive import overlapping
from service.generative import ANSWER_SHARE, ANSWER_TOKENS, EVIDENCE_TOKENS, MESSAGE_TOKENS, SPARE_TOKENS
from service.library import Library
from service.llm import LanguageModel
from service.map_cache import MapCache
from service.model_requests import PATIENCE_S, ModelRequests, Stopped
from service.questions import understand
from service.request_context import REQUEST_ID
from service.resolving import Resolver
from service.rewording import Rewording
from service.statement_standing import Standing
from service.summaries import ReadingEvent, Style
from service.summary_arrangement import Arrangement
from service.summary_composing import COMPOSED, Composition, ResolverOf
from service.summary_credits import Credits
from service.summary_material import Material
from service.summary_statements import Told
from service.support import SupportScorer
from service.templates import Prompt

TOKENS_A_WORD = 4
"""Labels count too."""
LEAST_SHARE = 0.5
"""Of the words of the articles' own summary: one that dropped statements have made shorter than that is completed."""

_log = logging.getLogger("dateline.summaries")


class SummaryWriter:
    """Writes summaries with one model. Threads may share it."""

    def __init__(
        self,
        model: LanguageModel,
        library: Library,
        embedder: Embedder,
        cache: MapCache,
        *,
        summarize_prompt: Prompt,
        reword_prompt: Prompt,
        answer_tokens: int = ANSWER_TOKENS,
        evidence_tokens: int = EVIDENCE_TOKENS,
        at_once: int = 1,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """A text may have `answer_tokens`, or more if so many words are asked for.

        Args:
            at_once: articles that are read at the same time.
            patience_s: how long a request waits for its turn, or for the budget of tokens.
        """
        self.model = model
        self.library = library
        self.embedder = embedder
        self.cache = cache
        self.scorer = SupportScorer(embedder.embed)
        self.summarize_prompt = summarize_prompt
        self.reword_prompt = reword_prompt
        self.at_once = at_once
        self.patience_s = patience_s
        self._answer_tokens = answer_tokens
        self._evidence_tokens = evidence_tokens

    def composes(self, style: Style) -> bool:
        """Whether the model reads the articles itself for this style, rather than wording what was chosen."""
        return style in COMPOSED

    def write(self, material: Material, draft: Draft, said: dict[Told, Statement]) -> SummaryWriting:
        """Prepare a summary, which says into `draft` and `said`. Nothing is asked before its first event is."""
        return SummaryWriting(self, material, draft, said)

    def room(self, prompt: Prompt, words: int, **values: str | int) -> Room:
        """How long the texts of a prompt may get; may ask the server how large the model's context is."""
        context = self.model.context_tokens
        wanted = max(self._answer_tokens, TOKENS_A_WORD * words)
        answer = max(1, min(wanted, int(ANSWER_SHARE * context)))
        empty = prompt.render(evidence="", **values)
        used = sum(self.model.count_tokens(message.content) + MESSAGE_TOKENS for message in empty)
        evidence = max(1, min(self._evidence_tokens, context - answer - used - SPARE_TOKENS))
        return Room(evidence, answer, words)


class SummaryWriting:
    """One summary being written; to be closed when nobody wants the rest. Not for sharing, but any thread may close."""

    def __init__(
        self, writer: SummaryWriter, material: Material, draft: Draft, said: dict[Told, Statement]
    ) -> None:
        self._writer = writer
        self._material = material
        self._draft = draft
        self._said = said
        self._requests = ModelRequests(writer.model, patience_s=writer.patience_s)
        self._failed = False
        self._reworded = 0
        self._vector: NDArray[np.float32] = np.zeros(1, np.float32)
        """The topic's. Without a topic nothing is compared with it."""
        self._composition: Composition | None = None

    def close(self) -> None:
        """Stop the model. Closing twice does nothing."""
        self._requests.close()

    def events(self) -> Iterator[ReadingEvent | StatementEvent]:
        """Progress, and each statement as it is verified. Never raises for what the model does: afterwards
        `arrangement` holds all that is to be said, and `credits` who made it."""
        request, writer = self._material.request, self._writer
        topic = " ".join((request.topic or "").split())
        try:
            if topic:
                self._vector = writer.embedder.embed([topic])[0]
            if writer.composes(request.style):
                standing = Standing(self._material.sentences, self._material.doubtful, topic)
                self._composition = Composition(
                    writer, self._material, self._requests, standing, self._resolver(topic), topic
                )
                yield from self._composition.events(self._draft, self._said)
            else:
                yield from self._shortened()
        except Stopped:
            self._failed = True
        except DatelineError as error:
            request_id, name = REQUEST_ID.get() or "-", writer.model.name
            _log.warning("request %s: the model %s failed: %s", request_id, name, error)
            self._failed = True
        finally:
            self.close()
        _log.info("%d requests to the model %s for a summary", self._requests.sent, writer.model.name)

    @property
    def arrangement(self) -> Arrangement:
        """The summary: what the model said, completed by the articles' own sentences where it failed."""
        own = self._material.arrangement
        written = self._composition.told if self._composition is not None else []
        if not written:
            return own
        told = list(written)
        if self._failed or self._is_thin:
            left = self._material.request.max_words - sum(one.words for one in written)
            cited = [candidate for one in written for candidate in one.cited]
            for one in own.told:
                if one.words <= left and not any(overlapping(one.cited[0], other) for other in cited):
                    told.append(one)
                    left -= one.words
        return Arrangement(tuple(told), lines=own.lines)

    @property
    def credits(self) -> Credits:
        """Who made the summary, at what cost, and what was not shown."""
        by_model = self._reworded + len(self._composition.told if self._composition is not None else ())
        return Credits(
            engine="llm" if by_model else "extractive",
            note=self._note(bool(by_model)),
            model=self._writer.model.name,
            prompt=self._prompt.reference,
            usage=self._requests.usage,
            diagnostics=self._requests.diagnostics,
        )

    def _note(self, by_model: bool) -> str | None:
        """What readers are told when the model did not do all that it might have."""
        name, composition = self._writer.model.name, self._composition
        own = "these are the articles’ own sentences."
        if self._failed:
            if by_model:
                return f"The model {name} broke off; the articles’ own sentences complete the summary."
            return f"The model {name} could not be reached or did not answer; {own}"
        if composition is None:
            return None if by_model else f"The model {name} shortened nothing that could be verified; {own}"
        if by_model:
            thin = f"Little that the model {name} wrote could be verified; the articles’ own sentences complete it."
            return " ".join([*composition.remarks, *([thin] if self._is_thin else [])]) or None
        if composition.refused:
            return f"The model {name} found nothing to say; {own}"
        return f"Nothing that the model {name} wrote could be verified; {own}"

    @property
    def _is_thin(self) -> bool:
        """Whether so much had to be dropped that what is left is no summary."""
        if self._composition is None or not self._composition.dropped:
            return False
        written = sum(one.words for one in self._composition.told)
        return written < LEAST_SHARE * sum(one.words for one in self._material.arrangement.told)

    @property
    def _prompt(self) -> Prompt:
        composes = self._writer.composes(self._material.request.style)
        return self._writer.summarize_prompt if composes else self._writer.reword_prompt

    def _shortened(self) -> Iterator[StatementEvent]:
        """The entries of a timeline or a comparison, in order, in the model's words where these hold."""
        arrangement = self._material.arrangement
        room = self._writer.room(self._prompt, sum(told.words for told in arrangement.told), count=1)
        rewording = Rewording(
            self._requests,
            self._prompt,
            self._resolver(""),
            evidence_tokens=room.evidence_tokens,
            answer_tokens=room.answer_tokens,
        )
        for told, text in rewording.entries(arrangement):
            event = self._draft.say(text, told.cited, written=True) if text is not None else None
            self._reworded += event is not None
            event = event or self._draft.say(told.text, told.cited)
            if event is not None:
                self._said[told] = event.statement
                yield event

    def _resolver(self, topic: str) -> ResolverOf:
        question = understand(topic)

        def resolver(block: EvidenceBlock) -> Resolver:
            return Resolver(question, self._vector, block, self._writer.scorer, self._writer.embedder.embed)

        return resolver


__all__ = ["SummaryWriter", "SummaryWriting"]
