"""Reading a store: articles whole, chunks, vectors and sentences, from the collections that the pointer names.

Only what is committed is given. Where a writer takes a version away between two reads, the new one is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest import chroma, encoding
from ingest.articles import Chunk
from ingest.errors import DatelineError
from ingest.layout import Index, is_committed, text_id
from ingest.open_index import OpenIndex
from ingest.packed import PackedArticle
from ingest.records import ArticleRecord, StoredArticle
from ingest.sentence_codes import ArticleSentences
from ingest.vector_table import ArticleVectors


class StoredArticles(OpenIndex):
    """What an index holds, read by id. Safe to share between threads."""

    def get(self, article_ids: Sequence[str]) -> dict[str, StoredArticle]:
        """These articles whole, in the order asked for; ids that are not committed are absent."""
        found = self._get(article_ids)
        if any(stored is None for stored in found.values()):
            with self._lock:  # a writer removed a version between two reads: wait for it and look again
                self._index.catalogue = None
                found = self._get(article_ids)
        return {article_id: stored for article_id, stored in found.items() if stored is not None}

    def _get(self, article_ids: Sequence[str]) -> dict[str, StoredArticle | None]:
        """The committed ones of these articles; None for one whose text is gone."""
        index, records = self._records()
        wanted = [records[article_id] for article_id in dict.fromkeys(article_ids) if article_id in records]
        by_text = {text_id(record): record for record in wanted}
        stored = {
            row_id: encoding.stored_from(by_text[row_id], metadata)
            for rows in chroma.get(index.texts, self._limit, list(by_text), ["metadatas"])
            for row_id, metadata in zip(rows["ids"], rows["metadatas"], strict=True)
        }
        return {record.article_id: stored.get(row_id) for row_id, record in by_text.items()}

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """These chunks, in the order asked for; unknown ids are absent."""
        unique = list(dict.fromkeys(chunk_ids))
        try:  # where they lay a moment ago: asking Chroma where that is takes as long as reading a few of them
            found = self._chunks(self._index, unique)
        except DatelineError:
            found = {}
        if len(found) < len(unique):  # unknown, or a rebuild has moved the index
            found = self._chunks(self._current()[0], unique)
        return {chunk_id: found[chunk_id] for chunk_id in unique if chunk_id in found}

    def _chunks(self, index: Index, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """Those of these chunks that the collections hold, in any order."""
        return {
            chunk_id: encoding.chunk_from(chunk_id, metadata)
            for rows in chroma.get(index.chunks, self._limit, chunk_ids, ["metadatas"])
            for chunk_id, metadata in zip(rows["ids"], rows["metadatas"], strict=True)
        }

    def vectors_of(self, chunk_ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these chunks, each (dimension,); unknown ids are absent."""
        index, _ = self._current()
        return {
            chunk_id: np.asarray(vector, dtype=np.float32)
            for rows in chroma.get(index.chunks, self._limit, list(dict.fromkeys(chunk_ids)), ["embeddings"])
            for chunk_id, vector in zip(rows["ids"], rows["embeddings"], strict=True)
        }

    def article_vectors(
        self, article_ids: Sequence[str] | None = None, at_once: int = 200
    ) -> Iterator[ArticleVectors]:
        """The chunk vectors of these articles (None: of all), boilerplate left out, read `at_once` articles a time.

        They come from beside the texts, so that Chroma need not load its own vector index. Articles that are not
        committed are absent.
        """
        dimension = self.dimension
        for record, metadata in self._texts(article_ids, at_once):
            yield encoding.searched_vectors_from(record, metadata, dimension)

    def article_sentences(
        self, article_ids: Sequence[str] | None = None, at_once: int = 200
    ) -> Iterator[ArticleSentences]:
        """The sentences of these articles (None: of all) and their vectors, read `at_once` articles a time.

        They, too, come from beside the texts. Articles that are not committed are absent; those ingested by an embedder
        without sentence vectors have no codes.
        """
        dimension = self.dimension
        for record, metadata in self._texts(article_ids, at_once):
            yield encoding.sentences_from(record, metadata, dimension)

    def _texts(
        self, article_ids: Sequence[str] | None, at_once: int
    ) -> Iterator[tuple[ArticleRecord, encoding.Metadata]]:
        """The committed ones of these articles (None: all), each with what lies beside its text."""
        index, records = self._records()
        ids = [record.article_id for record in self.catalogue()] if article_ids is None else article_ids
        by_text = {text_id(records[one]): records[one] for one in ids if one in records}
        for rows in chroma.get(index.texts, min(at_once, self._limit), list(by_text), ["metadatas"]):
            for row_id, metadata in zip(rows["ids"], rows["metadatas"], strict=True):
                yield by_text[row_id], metadata

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """The `limit` chunks nearest to `vector` (dimension,) as (chunk id, cosine similarity), best first.

        Only chunks of committed versions: where others are in the way, more are asked for.
        """
        index, records = self._records()
        asked = limit
        while limit > 0:
            with chroma.chroma_errors("search the index"):
                rows = index.chunks.query(
                    query_embeddings=np.asarray(vector, dtype=np.float32).reshape(1, -1),
                    n_results=asked,
                    include=["distances"],
                )
            ids, distances = rows["ids"][0], (rows["distances"] or [[]])[0]
            hits = [
                (chunk_id, 1.0 - float(distance))
                for chunk_id, distance in zip(ids, distances, strict=True)
                if is_committed(chunk_id, records)
            ]
            if len(hits) >= limit:
                return hits[:limit]
            index, latest = self._records()
            if latest is records and len(ids) < asked:
                return hits
            if latest is records:
                asked *= 2
            records = latest  # else a writer has replaced versions meanwhile: search again among the new ones
        return []

    def all_chunks(self, batch_size: int = 2000) -> Iterator[Chunk]:
        """Every committed chunk, article by article in the order of the catalogue."""
        ids = [chunk_id for record in self.catalogue() for chunk_id in record.chunk_ids]
        for start in range(0, len(ids), batch_size):
            yield from self.chunks(ids[start : start + batch_size]).values()

    def packed(self, article_ids: Sequence[str] | None = None, at_once: int = 32) -> Iterator[PackedArticle]:
        """These articles (None: all) with all that was computed of them, read `at_once` a time. Articles that are not
        committed are absent, and so is one that a writer replaces this moment."""
        for record, metadata in self._texts(article_ids, at_once):
            yield PackedArticle(record, metadata)

    def count_chunks(self) -> int:
        """How many chunks Chroma holds, those that nobody owns included."""
        index, _ = self._current()
        with chroma.chroma_errors(f"count {index.chunks.name}"):
            return index.chunks.count()
