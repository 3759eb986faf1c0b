"""The map step of a summary: one article becomes a few statements of a model, each verified against its sentences.

A long article is read in runs of whole chunks that fit the model. What the model wrote is kept (`service.map_cache`)
under a key of everything that it depends on: the article's version, the whole prompt, the model and how long the text
may get. Nothing about other articles is in that key, so that one article which changes costs one request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ingest.articles import Chunk
from ingest.records import ArticleRecord
from service.candidates import Candidate
from service.evidence_block import EvidenceBlock, gather
from service.library import Library
from service.llm import ChatMessage
from service.map_cache import KeptText, MapCache
from service.model_requests import ModelRequests
from service.resolving import Resolver
from service.retrieval import Hit
from service.statement_reading import StatementReader
from service.templates import Prompt

FORMAT = 1
"""Of the key. To be raised when the same prompt comes to mean something else."""
MOST_OF_A_RUN = 8
"""Statements."""
MAP_STYLE = "key points, one sentence each"


@dataclass(frozen=True, eq=False, slots=True)
class Mapped:
    """A verified statement about a part of an article, and the sentences that bear it out, the best first."""

    text: str
    cited: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """How long texts may get, in tokens and words: the sentences of a prompt, what the model writes, and the words that
    it is asked for."""

    evidence_tokens: int
    answer_tokens: int
    words: int


class ArticleMapper:
    """Maps articles for one summary. Threads may share it."""

    def __init__(
        self,
        library: Library,
        cache: MapCache,
        prompt: Prompt,
        requests: ModelRequests,
        resolver: Callable[[EvidenceBlock], Resolver],
        *,
        topic: str,
        room: Room,
        spans: Mapping[str, Sequence[tuple[int, int]]],
    ) -> None:
        """`spans` are those of each article that are about the topic: a run of a long article without any is not
        read."""
        self._library = library
        self._cache = cache
        self._prompt = prompt
        self._requests = requests
        self._resolver = resolver
        self._topic = topic
        self._room = room
        self._spans = spans
        self.longest = 0
        """Tokens of the longest run so far."""

    def runs(self, article_id: str) -> list[EvidenceBlock]:
        """The article in as many prompts as it needs; none when it has gone, or has nothing that could be said."""
        record = self._library.shelf().records.get(article_id)
        readings = self._library.readings([article_id])
        if record is None or article_id not in readings:
            return []
        chunks = list(self._library.chunks(record.chunk_ids).values())
        if not chunks:
            return []
        blocks = self._blocks(chunks, record)
        longest = max((self._requests.model.count_tokens(block.text) for block in blocks), default=0)
        self.longest = max(self.longest, longest)
        return [block for block in blocks if len(blocks) == 1 or self._is_about(article_id, block)]

    def map(self, article_id: str) -> list[Mapped]:
        """What the model says of the article.

        Raises:
            Stopped: the requests were closed.
            UpstreamUnavailable, RateLimited, UpstreamRefused: the model failed, or wrote nothing.
        """
        return [one for block in self.runs(article_id) for one in self._of_run(article_id, block)]

    def messages(self, block: EvidenceBlock) -> tuple[ChatMessage, ...]:
        """The prompt of one run."""
        return self._prompt.render(
            topic=self._topic, style=MAP_STYLE, max_words=self._room.words, evidence=block.text
        )

    def _of_run(self, article_id: str, block: EvidenceBlock) -> list[Mapped]:
        messages = self.messages(block)
        version = block.candidates[0].reading.stored.record.version
        key = self._key(messages)
        reader = StatementReader(self._resolver(block))
        kept = self._cache.get(article_id, version, key)
        if kept is not None:
            found = list(reader.read([kept.text], lambda: kept.finish))
        else:
            found = list(self._requests.text(messages, self._room.answer_tokens, reader))
            self._cache.put(article_id, version, key, KeptText(reader.text, reader.finish))
        self._requests.judged(reader)
        return [Mapped(resolved.text, resolved.cited) for _, resolved in found[:MOST_OF_A_RUN]]

    def _key(self, messages: Sequence[ChatMessage]) -> str:
        said = [[message.role, message.content] for message in messages]
        parts = [
            FORMAT,
            self._requests.model.name,
            self._room.answer_tokens,
            self._prompt.reference.hash,
            said,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def _blocks(self, chunks: Sequence[Chunk], record: ArticleRecord) -> list[EvidenceBlock]:
        """The chunks as one prompt if it fits, else as those of both halves."""
        hits = [Hit(chunk, record, 1.0, None) for chunk in chunks]
        count = self._requests.model.count_tokens
        readings = self._library.readings([record.article_id])
        whole = sum(count(chunk.text) for chunk in chunks)
        if whole <= 2 * self._room.evidence_tokens or len(chunks) == 1:
            block = gather(hits, readings, max_tokens=8 * whole + 1000, count_tokens=count)
            if not block.candidates:
                return []
            if count(block.text) <= self._room.evidence_tokens or len(chunks) == 1:
                return [block]
        half = len(chunks) // 2
        return [*self._blocks(chunks[:half], record), *self._blocks(chunks[half:], record)]

    def _is_about(self, article_id: str, block: EvidenceBlock) -> bool:
        first, last = block.candidates[0].start, max(one.end for one in block.candidates)
        return any(start < last and first < end for start, end in self._spans.get(article_id, ()))


__all__ = ["ArticleMapper", "Mapped", "Room"]
