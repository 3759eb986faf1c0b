"""Evidence in single sentences: how well the best sentence of a chunk answers each part of a question.

The index holds, for each chunk outside boilerplate, its sentences: where they are in the article, how many of the
embedder's tokens they have, the words in them and their vectors. It is derived from the store, as the vector index
is, and kept in the same manner (`ingest.synced_index`): it is bound to a state of the store, one that is missing,
damaged or bound to another state says so (`stale`), and nothing in it is a source of truth.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest import evidence_files, evidence_scoring
from ingest.articles import Chunk
from ingest.derived_index import KEY_FILE
from ingest.errors import InvalidRequest
from ingest.evidence_files import State
from ingest.evidence_scoring import Evidence, PartTerms
from ingest.evidence_table import START, TERMS, ArticleRows, CountTokens, Table, rows_of_article
from ingest.keyword_terms import ANALYZER_VERSION
from ingest.sentence_codes import ArticleSentences, SentenceCodes
from ingest.synced_index import DEAD_SHARE, SyncedIndex
from ingest.vector_table import UNKNOWN_ROW

INDEX_VERSION = f"2.{ANALYZER_VERSION}"
"""Raise it whenever the files change, as the analyzer's rises with it; an index of another version is stale."""

Read = Callable[[Sequence[str]], Iterable[ArticleSentences]]
"""Gives the articles with these ids, as `ArticleStore.article_sentences` does."""


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A sentence of a chunk: `article.text[start:end]`, and how many of the embedder's tokens it has."""

    start: int
    end: int
    tokens: int


class EvidenceIndex(SyncedIndex[ArticleRows, State, Table]):
    """The sentences of chunks, on disk (`ingest.evidence_files`) and mapped into memory. Thread-safe; one process
    writes."""

    NOUN = "sentence index"
    VERSION = INDEX_VERSION
    STATE = State

    @property
    def size(self) -> int:
        """Chunks in the index."""
        return self._table.live_chunks if self._table is not None else 0

    def sync(self, versions: Mapping[str, str], read: Read, count_tokens: CountTokens, key: str) -> int:
        """Bring the index to `key`, at which the store holds these `versions`, by article id.

        Only what the index lacks is read, whichever state it was bound to; an index that is missing, damaged or of
        another fingerprint is read whole. `count_tokens` is the embedder's. Searches see the old state until the
        new one is complete. Returns how many articles were asked of `read`.

        Raises:
            UpstreamRefused: the folder cannot be written. The index is then what it was, and stale.
            InvalidRequest: the sentence vectors read are not all of one dimension.
        """

        def rows(article_ids: Sequence[str]) -> Iterator[ArticleRows]:
            return (rows_of_article(article, count_tokens) for article in read(article_ids))

        return self._synced(versions, rows, key)

    # ---- reading

    def score(
        self, chunk_ids: Sequence[str], parts: Sequence[PartTerms], vectors: NDArray[np.float32] | None
    ) -> Evidence:
        """What the sentences of these chunks say to the parts of a question, each array (chunks, parts).

        A part maps terms of `analyze_terms` to their weight times their idf; `vectors` (parts, dimension), of length
        1, are the parts' own, None when there are none. Chunks that the index does not have, which boilerplate is
        among, have no sentences.

        Raises:
            InvalidRequest: there are not as many vectors as parts, or they are of another dimension than those of
                the index.
        """
        found = Evidence.none(len(chunk_ids), len(parts))
        if vectors is not None and len(vectors) != len(parts):
            raise InvalidRequest(f"there are {len(vectors)} vectors for {len(parts)} parts")
        table = self._table
        if table is None or not chunk_ids or not parts:
            return found
        dimension = table.codes.shape[1]
        if vectors is not None and dimension and vectors.shape[1] != dimension:
            raise InvalidRequest(
                f"a vector has {vectors.shape[1]} numbers and those of the index have {dimension}"
            )
        rows = table.rows_of(chunk_ids)
        has_sentences = table.sentence_starts[rows + 1] > table.sentence_starts[rows]
        places = np.flatnonzero((rows != UNKNOWN_ROW) & has_sentences)
        if len(places):
            candidates = table.candidates(rows[places])
            found.put(places, evidence_scoring.score(candidates, parts, vectors, table.mean_length))
        return found

    def sentences(self, chunk_id: str) -> tuple[SentenceSpan, ...]:
        """The sentences of a chunk in order; none when the index does not have it."""
        table = self._table
        own = _rows_of_chunk(table, chunk_id)
        if table is None or own is None:
            return ()
        return tuple(SentenceSpan(*row) for row in table.sentences[own, :TERMS].tolist())

    def sentence_vectors(self, chunk_id: str) -> NDArray[np.float32]:
        """The vectors of a chunk's sentences, (sentences, dimension), NaN for one without; (0, dimension) when the
        index does not have the chunk. Their lengths are 1 but for the rounding of their codes."""
        table = self._table
        own = _rows_of_chunk(table, chunk_id)
        if table is None or own is None:
            return np.zeros((0, table.codes.shape[1] if table is not None else 0), dtype=np.float32)
        return SentenceCodes(table.codes[own], table.scales[own]).vectors()

    def lines(self, chunks: Sequence[Chunk]) -> list[int | None]:
        """The line of the article in which each chunk begins, from 1, which is `Article.line_at(chunk.start)`; None for
        a chunk that the index does not have, or that has no sentence."""
        table = self._table
        if table is None:
            return [None] * len(chunks)
        found: list[int | None] = []
        for chunk, row in zip(chunks, table.rows_of([one.chunk_id for one in chunks]).tolist(), strict=True):
            line = int(table.lines[row]) if row != UNKNOWN_ROW else 0
            if not line:
                found.append(None)
                continue
            first = int(table.sentences[table.sentence_starts[row], START])
            found.append(line - chunk.text.count("\n", 0, first - chunk.start))
        return found

    # ---- files

    def _opened(self, place: Path, state: State) -> Table:
        return evidence_files.load(place, state)

    def _whole(self, place: Path, state: State) -> bool:
        return evidence_files.whole(place, state)

    def _written(self, place: Path, articles: Iterable[ArticleRows]) -> tuple[State, Table]:
        return evidence_files.append(place, State(), articles)

    def _grown(
        self,
        place: Path,
        state: State,
        table: Table,
        articles: Iterable[ArticleRows],
        gone: Collection[str],
    ) -> tuple[State, Table]:
        positions = table.positions
        return evidence_files.append(place, state, articles, [positions[article_id] for article_id in gone])

    def _versions(self, table: Table) -> Mapping[str, str]:
        return table.versions

    def _alive(self, table: Table, gone: Collection[str]) -> Iterable[ArticleRows]:
        return (one for one in table.alive() if one.article_id not in gone)

    def _worn(self, table: Table) -> bool:
        return table.live_sentences < (1 - DEAD_SHARE) * len(table.sentences)


def _rows_of_chunk(table: Table | None, chunk_id: str) -> slice | None:
    """Which sentences are a chunk's."""
    row = int(table.rows_of([chunk_id])[0]) if table is not None else UNKNOWN_ROW
    if table is None or row == UNKNOWN_ROW:
        return None
    return slice(int(table.sentence_starts[row]), int(table.sentence_starts[row + 1]))


__all__ = ["INDEX_VERSION", "KEY_FILE", "EvidenceIndex", "Read", "SentenceSpan"]
