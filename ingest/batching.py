"""Prepared articles become vectors and one commit after another: the half of the pipeline that costs embedder time.

Chunks are embedded as soon as there are enough of them for the embedder, so that no core waits while a commit comes
together. A commit holds whole articles only. It is written in a thread while the next chunks are embedded, because a
write waits for the disk and uses one core at most; never more than one is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ingest.articles import Chunk, Sentence
from ingest.chunk_sentences import sentence_spans
from ingest.embedding import SentenceEmbedder
from ingest.preparing import Ready, Unchanged
from ingest.records import ArticleRecord, PreparedArticle
from ingest.report import IngestReport
from ingest.sentence_codes import SentenceCodes

if TYPE_CHECKING:
    from ingest.embedding import Embedder
    from ingest.store import ArticleStore

COMMIT_CHUNKS = 512
COMMIT_ARTICLES = 50
"""A commit is due at whichever comes first. At 80 chunks a second a crash costs six seconds of embedding."""

EMBED_CHUNKS = 128
"""Texts an embedder is given at once: many enough to fill its own batches, few enough for a lively progress bar."""

EMBED_EARLY_CHUNKS = 32
"""The same for an embedder with vectors for sentences: it runs on this machine, one text by itself, and wants no more
at once than lets all of its threads end at about the same time."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What an embedder is given of a chunk: its embedded text, and which characters of that are sentences."""

    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Embedded:
    """What is kept of a passage: its vector (dimension,), and a row for each of its sentences."""

    vector: NDArray[np.float32]
    sentences: SentenceCodes


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An article to be committed, and what is embedded of each of its chunks."""

    ready: Ready
    passages: Sequence[Passage]


class BatchWriter:
    """Collects articles, embeds what is new in them and commits them together. Not for several threads.

    A context manager: leaving it, however, waits for the write under way. What an `add` or `commit` raises may come
    from the write of an earlier batch.
    """

    def __init__(
        self, store: ArticleStore, embedder: Embedder, report: IngestReport, on_embedded: Callable[[], None]
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._by_sentence = embedder if isinstance(embedder, SentenceEmbedder) else None
        self._report = report
        self._on_embedded = on_embedded
        self._embed_chunks = EMBED_CHUNKS if self._by_sentence is None else EMBED_EARLY_CHUNKS
        self._waiting: list[_Waiting] = []
        self._embedded_articles = 0
        self._known: dict[Passage, _Embedded] = {}
        self._renewing: list[Unchanged] = []
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest-write")
        self._writing: tuple[Sequence[Ready], Future[None]] | None = None
        self.committed: set[str] = set()
        """Ids of the articles this run added or changed."""

    @property
    def waiting(self) -> int:
        """How many articles are not committed yet."""
        return len(self._waiting) + (len(self._writing[0]) if self._writing else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True)

    def add(self, ready: Ready) -> None:
        """Take one article; commit when enough have come together."""
        by_sentence = self._by_sentence is not None
        passages = passages_of(ready.analysis.sentences, ready.chunks, by_sentence=by_sentence)
        self._waiting.append(_Waiting(ready, passages))
        chunks = sum(len(waiting.passages) for waiting in self._waiting)
        if chunks >= COMMIT_CHUNKS or len(self._waiting) >= COMMIT_ARTICLES:
            self._start_commit()
        elif sum(len(one.passages) for one in self._waiting[self._embedded_articles :]) >= self._embed_chunks:
            self._embed_waiting()

    def renew(self, unchanged: Unchanged) -> None:
        """Take one article whose words stay and whose source, folder or file stamp is another now."""
        self._renewing.append(unchanged)
        if len(self._renewing) >= COMMIT_ARTICLES:
            self._commit_renewed()

    def commit(self) -> None:
        """Embed and write what is waiting, and wait until it is written."""
        self._start_commit()
        self._settle()

    def _start_commit(self) -> None:
        self._commit_renewed()
        self._embed_waiting()
        batch, self._waiting, self._embedded_articles = self._waiting, [], 0
        known, self._known = self._known, {}
        if not batch:
            return
        prepared = []
        for waiting in batch:
            ready = waiting.ready
            embedded = [known[passage] for passage in waiting.passages]
            prepared.append(
                PreparedArticle(
                    article=ready.article,
                    analysis=ready.analysis,
                    chunks=ready.chunks,
                    vectors=self._stack([one.vector for one in embedded]),
                    root=ready.root,
                    signature=ready.signature,
                    file_mtime_ns=ready.stamp.mtime_ns,
                    file_size=ready.stamp.size,
                    sentences=SentenceCodes.joined(
                        [one.sentences for one in embedded], self._embedder.dimension
                    ),
                )
            )
        self._settle()
        self._writing = (
            [waiting.ready for waiting in batch],
            self._threads.submit(self._store.write, prepared),
        )

    def _settle(self) -> None:
        """Wait for the write under way and take note of what it brought. Raises what the write raised."""
        if self._writing is None:
            return
        (batch, written), self._writing = self._writing, None
        written.result()
        for ready in batch:
            self.committed.add(ready.article.article_id)
            sources = self._report.added if ready.previous is None else self._report.changed
            sources.append(ready.article.source)

    def _embed_waiting(self) -> None:
        """Make the vectors of every passage that waits, or take them from the index where it holds the same one."""
        waiting, self._embedded_articles = self._waiting[self._embedded_articles :], len(self._waiting)
        wanted = {passage: None for one in waiting for passage in one.passages if passage not in self._known}
        self._known |= self._stored([one.ready for one in waiting], wanted)
        fresh = sorted(
            (one for one in wanted if one not in self._known), key=lambda one: len(one.text), reverse=True
        )
        self._report.chunks_reused += sum(len(one.passages) for one in waiting) - len(fresh)
        for start in range(0, len(fresh), EMBED_CHUNKS):
            some = fresh[start : start + EMBED_CHUNKS]
            self._known.update(zip(some, self._embed(some), strict=True))
            self._report.chunks_embedded += len(some)
            self._on_embedded()

    def _embed(self, passages: Sequence[Passage]) -> list[_Embedded]:
        texts = [passage.text for passage in passages]
        if self._by_sentence is None:
            none = SentenceCodes.none(self._embedder.dimension)
            return [_Embedded(vector, none) for vector in self._embedder.embed(texts)]
        found = self._by_sentence.embed_with_sentences(texts, [passage.spans for passage in passages])
        return [_Embedded(one.vector, SentenceCodes.of(one.sentences)) for one in found]

    def _stored(self, batch: Sequence[Ready], wanted: dict[Passage, None]) -> dict[Passage, _Embedded]:
        """What earlier versions of these articles, or copies under another name, have vectors for."""
        records = [
            record for ready in batch for record in (ready.previous, ready.alike) if record is not None
        ]
        if not records:
            return {}
        chunks = self._store.chunks([chunk_id for record in records for chunk_id in record.chunk_ids])
        none = SentenceCodes.none(self._embedder.dimension)
        held = {chunk_id: (Passage(chunk.embedded_text, ()), none) for chunk_id, chunk in chunks.items()}
        if self._by_sentence is not None:
            held = self._held_sentences(records, chunks)
        held = {chunk_id: one for chunk_id, one in held.items() if one[0] in wanted}
        return {
            held[chunk_id][0]: _Embedded(vector, held[chunk_id][1])
            for chunk_id, vector in self._store.vectors_of(list(held)).items()
        }

    def _held_sentences(
        self, records: Sequence[ArticleRecord], chunks: Mapping[str, Chunk]
    ) -> dict[str, tuple[Passage, SentenceCodes]]:
        """The passage that each of `chunks` is, with the codes of its sentences; chunks that lack them are absent."""
        held: dict[str, tuple[Passage, SentenceCodes]] = {}
        for article in self._store.article_sentences([record.article_id for record in records]):
            row = 0
            for chunk_id, spans in zip(article.chunk_ids, article.spans, strict=True):
                codes, row = article.codes.rows(row, row + len(spans)), row + len(spans)
                if chunk_id in chunks and len(codes) == len(spans):
                    held[chunk_id] = _passage(chunks[chunk_id], spans), codes
        return held

    def _commit_renewed(self) -> None:
        """Write known articles again under their renewed records: nothing is analyzed or embedded."""
        renewing, self._renewing = self._renewing, []
        if not renewing:
            return
        self._settle()
        renewed: dict[str, ArticleRecord] = {item.record.article_id: item.renewed for item in renewing}
        chunk_ids = [chunk_id for item in renewing for chunk_id in item.record.chunk_ids]
        chunks, vectors = self._store.chunks(chunk_ids), self._store.vectors_of(chunk_ids)
        sentences = {one.article_id: one.codes for one in self._store.article_sentences(list(renewed))}
        batch = []
        for article_id, stored in self._store.get(list(renewed)).items():
            record = renewed[article_id]
            ids = stored.record.chunk_ids
            batch.append(
                PreparedArticle(
                    article=replace(stored.article, source=record.source),
                    analysis=stored.analysis,
                    chunks=tuple(chunks[chunk_id] for chunk_id in ids),
                    vectors=self._stack([vectors[chunk_id] for chunk_id in ids]),
                    root=record.root,
                    signature=record.signature,
                    file_mtime_ns=record.file_mtime_ns,
                    file_size=record.file_size,
                    file_sha=record.file_sha,
                    sentences=sentences.get(article_id),
                )
            )
        self._store.write(batch)

    def _stack(self, vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        if not vectors:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        return np.stack(vectors)


def passages_of(
    sentences: Sequence[Sentence], chunks: Sequence[Chunk], *, by_sentence: bool
) -> list[Passage]:
    """What to embed of each chunk: without sentences where the embedder has no vectors for them."""
    if not by_sentence:
        return [Passage(chunk.embedded_text, ()) for chunk in chunks]
    return [
        _passage(chunk, spans) for chunk, spans in zip(chunks, sentence_spans(sentences, chunks), strict=True)
    ]


def _passage(chunk: Chunk, spans: Sequence[tuple[int, int]]) -> Passage:
    """The passage of a chunk whose sentences are `spans` of the article's text."""
    shift = len(chunk.embedded_text) - len(chunk.text) - chunk.start
    return Passage(chunk.embedded_text, tuple((start + shift, end + shift) for start, end in spans))
