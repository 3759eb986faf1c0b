"""Evidence in single sentences: how well the best sentence of a chunk answers each part of a question.

The index holds, for each chunk outside boilerplate, its sentences: where they are in the article, how many of the
embedder's tokens they have, the words in them and their vectors. It is derived from the store, as the vector index
is, and kept in the same manner: it is bound to an `ingest.derived_index.index_key`, one that is missing, damaged or
bound to another key says so (`stale`), and nothing in it is a source of truth.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest import derived_index, evidence_files, evidence_scoring
from ingest.articles import Chunk, chunk_id_of
from ingest.derived_index import KEY_FILE, FolderIndex
from ingest.errors import InvalidRequest, UpstreamRefused
from ingest.evidence_files import State
from ingest.evidence_scoring import Evidence, PartTerms
from ingest.evidence_table import START, TERMS, ArticleRows, CountTokens, Table, rows_of_article
from ingest.keyword_terms import ANALYZER_VERSION
from ingest.sentence_codes import ArticleSentences, SentenceCodes
from ingest.vector_table import UNKNOWN_ROW

INDEX_VERSION = f"2.{ANALYZER_VERSION}"
"""Raise it whenever the files change, as the analyzer's rises with it; an index of another version is stale."""

DEAD_SHARE = 0.25
"""Files are written anew when more of the sentences than this are dead."""

Read = Callable[[Sequence[str]], Iterable[ArticleSentences]]
"""Gives the articles with these ids, as `ArticleStore.article_sentences` does."""


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A sentence of a chunk: `article.text[start:end]`, and how many of the embedder's tokens it has."""

    start: int
    end: int
    tokens: int


class EvidenceIndex(FolderIndex):
    """The sentences of chunks, on disk and mapped into memory. Thread-safe; one process writes.

    The folder holds one sub-folder with the rows (`ingest.evidence_files`) and `key.json`, which names that
    sub-folder, says how much of its files counts, and what key that is bound to. `key.json` is replaced atomically,
    last, and nothing that it counts is ever overwritten: a crash leaves the old state whole.
    """

    NOUN = "sentence index"

    def __init__(self, folder: Path, expected_key: str) -> None:
        """Use `open`."""
        super().__init__(folder, expected_key)
        self._place: Path | None = None
        self._state = State()
        self._table: Table | None = None

    @property
    def size(self) -> int:
        """Chunks in the index."""
        return self._table.live_chunks if self._table is not None else 0

    # ---- writing

    def sync(self, versions: Mapping[str, str], read: Read, count_tokens: CountTokens, key: str) -> int:
        """Bring the index to `key`, at which the store holds these `versions`, by article id.

        Only what the index lacks is read, whichever generation it was bound to; an index that is missing, damaged or
        of another fingerprint is read whole. `count_tokens` is the embedder's. Searches see the old state until the
        new one is complete. Returns how many articles were asked of `read`.

        Raises:
            UpstreamRefused: the folder cannot be written. The index is then what it was, and stale.
            InvalidRequest: the sentence vectors read are not all of one dimension.
        """
        with self._writing:
            self._expected_key = key
            table, place = self._table, self._place
            if place is None or not self._bound(key) or not evidence_files.whole(place, self._state):
                table = None
            held = table.versions if table is not None else {}
            lacking = [one for one, version in versions.items() if held.get(one, ("", 0))[0] != version]
            articles = (rows_of_article(one, count_tokens) for one in (read(lacking) if lacking else ()))
            if table is None or place is None:
                self._replace(articles, key)
            else:
                changed = held.keys() - versions.keys() | held.keys() & set(lacking)
                gone = [held[article_id][1] for article_id in changed]
                grown = self._keep(place, self._state, articles, gone, key)
                if grown.live_sentences < (1 - DEAD_SHARE) * len(grown.sentences):
                    self._replace(grown.alive(), key)
            return len(lacking)

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

    def neighbours(self, chunk_id: str) -> tuple[str | None, str | None]:
        """The chunks before and after a chunk in its article; None where the article ends or boilerplate begins, and
        for a chunk that the index does not have."""
        table = self._table
        if table is None or table.rows_of([chunk_id])[0] == UNKNOWN_ROW:
            return None, None
        name, _, digits = chunk_id.rpartition(".")
        article_id, _, version = name.partition(".")
        ordinal = int(digits)
        beside = [chunk_id_of(article_id, version, one) for one in (ordinal - 1, ordinal + 1)]
        before, after = (
            one if row != UNKNOWN_ROW else None
            for one, row in zip(beside, table.rows_of(beside), strict=True)
        )
        return before, after

    def close(self) -> None:
        """Let go of the files. The object finds nothing afterwards."""
        self._table, self._key = None, None

    # ---- files

    def _load(self) -> None:
        try:
            place, state, key = derived_index.read_state(self._folder, INDEX_VERSION, State)
            table = evidence_files.load(place, state)
        except derived_index.UNREADABLE:
            return
        self._place, self._state, self._table, self._key = place, state, table, key

    def _replace(self, articles: Iterable[ArticleRows], key: str) -> None:
        """Write the articles to a new sub-folder and turn to it."""
        with derived_index.new_place(self._folder) as place:
            self._keep(place, State(), articles, (), key)

    def _keep(
        self, place: Path, state: State, articles: Iterable[ArticleRows], gone: Collection[int], key: str
    ) -> Table:
        """Append the articles to what `state` counts in `place`, record that, and turn to it."""
        try:
            state, table = evidence_files.append(place, state, articles, gone)
            derived_index.write_state(place, INDEX_VERSION, state, key)
        except OSError as error:
            raise UpstreamRefused(f"the sentence index could not be written: {error}") from error
        self._place, self._state, self._table, self._key = place, state, table, key
        derived_index.remove_others(self._folder, place)
        return table


def _rows_of_chunk(table: Table | None, chunk_id: str) -> slice | None:
    """Which sentences are a chunk's."""
    row = int(table.rows_of([chunk_id])[0]) if table is not None else UNKNOWN_ROW
    if table is None or row == UNKNOWN_ROW:
        return None
    return slice(int(table.sentence_starts[row]), int(table.sentence_starts[row + 1]))


__all__ = ["INDEX_VERSION", "KEY_FILE", "EvidenceIndex", "Read", "SentenceSpan"]
