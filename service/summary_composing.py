"""A paragraph or key points by a model, of any number of articles: each is read by itself, then all are put together.

One article that fits a prompt is summarized at once. Else every article is mapped to a few verified statements
(`service.article_maps`), those that weigh most go into one more prompt (`service.combining`), and what comes back is
held against the articles' sentences again. A summary costs one request more than there are articles, less what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ingest.errors import ContextTooLong
from service.answers import Statement
from service.article_maps import ArticleMapper, Room
from service.candidates import Candidate
from service.combining import Line, combined, single
from service.drafting import Draft
from service.events import StatementEvent
from service.evidence_block import EvidenceBlock
from service.mapping import ArticleMapping
from service.model_requests import ModelRequests
from service.resolving import Resolved, Resolver
from service.statement_reading import StatementReader
from service.statement_standing import Standing
from service.statement_stream import RawStatement
from service.summaries import ReadingEvent, Style
from service.summary_material import Material
from service.summary_sentences import SummarySentence
from service.summary_statements import Told
from service.summary_text import without_dateline, words_in

if TYPE_CHECKING:
    from service.summary_writing import SummaryWriter

COMPOSED: dict[Style, str] = {
    "brief": "one paragraph",
    "bullets": "key points, one sentence each, the most important first",
}
"""The styles that the model composes, in words for it."""
NO_TOPIC = "what happened and what was said, as a whole"
MOST_MAPPED = 200
"""Articles that the model reads for one summary, the weightiest. More would cost hours of a small machine."""
MAP_WORDS = ((200, 90), (600, 180))
MOST_MAP_WORDS = 300
"""Up to so many words of a summary, so many about one article: steps, so that what was kept serves most requests."""
MOST_HALVINGS = 2
MOST_OVERLONG = 3
"""Statements that no longer fit into the words allowed, after which no more are waited for."""

ResolverOf = Callable[[EvidenceBlock], Resolver]


class Composition:
    """One summary being composed. Not for sharing."""

    def __init__(
        self,
        writer: SummaryWriter,
        material: Material,
        requests: ModelRequests,
        standing: Standing,
        resolver: ResolverOf,
        topic: str,
    ) -> None:
        """`topic` is "" where there is none."""
        self._writer = writer
        self._material = material
        self._requests = requests
        self._standing = standing
        self._resolver = resolver
        self._topic = topic or NO_TOPIC
        self._style = COMPOSED[material.request.style]
        self._words_left = material.request.max_words
        self._read = self._longest = 0
        self._combining = False
        self._overlong = 0
        self.told: list[Told] = []
        """What was said, in order."""
        self.refused = False
        """Whether the model says that there is nothing to say."""
        self.dropped = 0
        """Statements of the summary itself that no sentence bears out."""
        self.remarks: list[str] = []
        """What readers are told of the articles that the model has not read."""

    def events(self, draft: Draft, said: dict[Told, Statement]) -> Iterator[ReadingEvent | StatementEvent]:
        """Progress, and each statement as it is verified.

        Raises:
            Stopped: the requests were closed.
            UpstreamUnavailable, RateLimited, UpstreamRefused: the model failed. What was said stays valid.
        """
        self._writer.cache.sweep()
        of_map: int | None = None
        of_all: int | None = None
        for attempt in range(MOST_HALVINGS + 1):
            map_room, reduce_room = self._rooms(of_map, of_all)
            try:
                block = yield from self._block(map_room, reduce_room)
                if block is not None:
                    yield from self._written(block, reduce_room, draft, said)
                return
            except ContextTooLong:
                if attempt == MOST_HALVINGS or self.told:
                    raise
                half = max(1, self._longest // 2)
                of_map, of_all = (of_map, half) if self._combining else (half, half)

    def _rooms(self, of_map: int | None, of_all: int | None) -> tuple[Room, Room]:
        """Of a prompt for one article, and of the one that puts all together: so many tokens of evidence at most."""
        words = self._material.request.max_words
        map_words = next((of_one for up_to, of_one in MAP_WORDS if words <= up_to), MOST_MAP_WORDS)
        found = []
        for least, most in ((map_words, of_map), (words, of_all)):
            room = self._writer.room(
                self._writer.summarize_prompt, least, topic=self._topic, style=self._style, max_words=words
            )
            evidence = room.evidence_tokens if most is None else min(most, room.evidence_tokens)
            found.append(replace(room, evidence_tokens=evidence))
        return found[0], found[1]

    def _block(
        self, map_room: Room, reduce_room: Room
    ) -> Generator[ReadingEvent, None, EvidenceBlock | None]:
        """What the summary is written from: the one article, or what was said of each."""
        material, writer = self._material, self._writer
        mapper = ArticleMapper(
            writer.library,
            writer.cache,
            writer.summarize_prompt,
            self._requests,
            self._resolver,
            topic=self._topic,
            room=map_room,
            spans=self._standing.spans(),
        )
        if len(material.article_ids) == 1:
            runs = mapper.runs(material.article_ids[0])
            if len(runs) == 1:
                yield from self._progress(material.total)
                return runs[0]
        try:
            lines = yield from self._mapped(mapper)
        finally:
            self._longest, self._combining = mapper.longest, False
        self._combining = True
        if not lines:
            self.refused = self._requests.diagnostics.written == 0
            return None
        return combined(
            lines,
            {article_id: place for place, article_id in enumerate(material.article_ids)},
            max_tokens=reduce_room.evidence_tokens,
            count_tokens=writer.model.count_tokens,
        )

    def _mapped(self, mapper: ArticleMapper) -> Generator[ReadingEvent, None, list[Line]]:
        """What was said of each article; its own sentences where the model has not read it."""
        every, total = self._material.article_ids, self._material.total
        weightiest = set(sorted(every, key=lambda one: -self._standing.heaviest(one))[:MOST_MAPPED])
        chosen = [one for one in every if one in weightiest]
        mapping = ArticleMapping(mapper, self._requests, at_once=self._writer.at_once)
        with closing(mapping.run(chosen)) as coming:
            for done, _ in enumerate(coming, start=1):
                yield from self._progress(total - len(chosen) + done)
        lines: list[Line] = []
        for article_id in every:
            if article_id not in mapping.mapped:
                lines += self._standing.own_lines(article_id)
            for one in mapping.mapped.get(article_id, ()):
                unfit = self._standing.unfit(one.text, one.cited)
                if unfit is not None:
                    self._requests.dropped(unfit)
                else:
                    lines.append(self._standing.line(without_dateline(one.text), one.cited))
        self.remarks = self._remarks_on(mapping, len(chosen), len(every))
        return lines

    def _remarks_on(self, mapping: ArticleMapping, chosen: int, every: int) -> list[str]:
        name, remarks = self._writer.model.name, []
        if mapping.failed:
            remarks.append(
                f"The model {name} could not read {len(mapping.failed)} of {chosen} articles; "
                "their own sentences stood in."
            )
        if chosen < every:
            remarks.append(
                f"The model {name} read the {chosen} weightiest of {every} articles; "
                "the others’ own sentences stood in."
            )
        return remarks

    def _written(
        self, block: EvidenceBlock, room: Room, draft: Draft, said: dict[Told, Statement]
    ) -> Iterator[StatementEvent]:
        """The summary of a block, statement by statement, as long as there are words left."""
        messages = self._writer.summarize_prompt.render(
            topic=self._topic,
            style=self._style,
            max_words=self._material.request.max_words,
            evidence=block.text,
        )
        self._longest = self._writer.model.count_tokens(block.text)
        reader = StatementReader(self._resolver(block))
        try:
            with closing(self._requests.text(messages, room.answer_tokens, reader)) as found:
                for _, resolved in found:
                    event = self._say(resolved, draft, said)
                    if event is not None:
                        yield event
                    if self._words_left <= 0 or self._overlong == MOST_OVERLONG:
                        return
        finally:
            self.refused, self.dropped = reader.refused, len(reader.dropped)
            self._requests.judged(reader)

    def _say(self, resolved: Resolved, draft: Draft, said: dict[Told, Statement]) -> StatementEvent | None:
        """Say a statement that its citations support, if it is fit to be said and fits into the words left."""
        text = without_dateline(resolved.text)
        unfit = self._standing.unfit(text, resolved.cited)
        if unfit is not None:
            self._requests.dropped(unfit)
            return None
        if words_in(text) > self._words_left:
            self._overlong += 1
            return None
        cited = self._standing.corroborating(text, resolved.cited, self._bears_out)
        event = draft.say(text, cited, written=True)
        if event is not None:
            first = cited[0]
            weight, group = self._standing.weight(first), first.article.article_id
            sentence = SummarySentence(first, np.zeros(0, np.float32), weight, group)
            told = Told(sentence, event.statement.text, cited)
            self.told.append(told)
            said[told] = event.statement
            self._words_left -= told.words
        return event

    def _bears_out(self, text: str, candidate: Candidate) -> bool:
        """Whether a sentence by itself bears out a statement as it stands."""
        result = self._resolver(single(candidate)).resolve(RawStatement(text, ("1.1",)))
        return isinstance(result, Resolved) and result.text == text and not result.repaired

    def _progress(self, done: int) -> Iterator[ReadingEvent]:
        """That so many articles have been read, unless more were before."""
        if done > self._read:
            self._read = done
            yield ReadingEvent(done, self._material.total)


__all__ = ["COMPOSED", "Composition", "ResolverOf"]
