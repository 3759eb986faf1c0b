"""The rows of the sentence evidence index: what an article gives to it, and all of them as one snapshot.

A table is never changed: an update makes another one and readers go on with theirs. Chunks of an article lie together
in the order of their ordinals, and so do their sentences and the sentences' terms. Rows of an article that is gone
stay, dead, until the files are written anew. Only what finds a chunk is in memory; its sentences stay on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.evidence_scoring import Candidates, term_hashes
from ingest.keyword_terms import analyze_terms
from ingest.sentence_codes import ArticleSentences
from ingest.vector_table import ORDINAL_BITS, remembered_rows

CountTokens = Callable[[Sequence[str]], list[int]]
"""The embedder's: takes n texts and gives n counts, nothing cut and no special tokens."""

START, END, TOKENS, TERMS = range(4)
"""The columns of `sentences`."""


@dataclass(frozen=True, slots=True)
class ArticleRows:
    """An article as it is written.

    `chunks` (chunks, 4) are ordinal, number of sentences, number of terms and the line that the first sentence begins
    in, from 1 (0: there is none); `sentences` (sentences, 4) are start,
    end, tokens and number of terms; `terms` are hashes. `codes` is (sentences, dimension), of dimension 0 where there
    are no vectors; `scales` are then NaN.
    """

    article_id: str
    version: str
    chunks: NDArray[np.int32]
    sentences: NDArray[np.int32]
    terms: NDArray[np.uint32]
    codes: NDArray[np.int8]
    scales: NDArray[np.float16]


def rows_of_article(article: ArticleSentences, count_tokens: CountTokens) -> ArticleRows:
    """What the index keeps of an article: its sentences outside boilerplate, tokens and terms counted."""
    chunks: list[tuple[int, int, int, int]] = []
    line, counted = 1, 0
    spans: list[tuple[int, int]] = []
    kept: list[int] = []
    hashes: list[NDArray[np.uint32]] = []
    first = 0
    for chunk_id, boilerplate, own in zip(article.chunk_ids, article.boilerplate, article.spans, strict=True):
        if not boilerplate:
            own_hashes = [term_hashes(analyze_terms(article.text[start:end])) for start, end in own]
            if own:
                line, counted = line + article.text.count("\n", counted, own[0][0]), own[0][0]
            terms = sum(map(len, own_hashes))
            chunks.append((int(chunk_id.rpartition(".")[2]), len(own), terms, line if own else 0))
            spans += own
            hashes += own_hashes
            kept += range(first, first + len(own))
        first += len(own)
    sentences = np.zeros((len(spans), 4), dtype=np.int32)
    if spans:
        sentences[:, [START, END]] = spans
        sentences[:, TOKENS] = count_tokens([article.text[start:end] for start, end in spans])
        sentences[:, TERMS] = [len(one) for one in hashes]
    if len(article.codes):
        codes, scales = article.codes.codes[kept], article.codes.scales[kept]
    else:
        codes = np.zeros((len(spans), 0), dtype=np.int8)
        scales = np.full(len(spans), np.nan, dtype=np.float16)
    return ArticleRows(
        article.article_id,
        article.version,
        np.asarray(chunks, dtype=np.int32).reshape(-1, 4),
        sentences,
        np.concatenate([np.zeros(0, dtype=np.uint32), *hashes]),
        codes,
        scales,
    )


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one state of the index.

    `articles` are `<article id>.<version>`, and `dead` the positions of those that are gone. `keys` (chunks,) hold the
    article's position and the chunk's ordinal in one number, ascending; `sentence_starts` and `term_starts`
    (chunks + 1,) say where each chunk's sentences and terms begin, and `lines` (chunks,) in which line of the article
    the first of its sentences does. The rest is mapped from files: `sentences`
    (sentences, 4), `terms`, `codes` (sentences, dimension) and `scales`, as in `ArticleRows`.
    """

    articles: tuple[str, ...]
    dead: frozenset[int]
    keys: NDArray[np.int64]
    sentence_starts: NDArray[np.int64]
    term_starts: NDArray[np.int64]
    lines: NDArray[np.int32]
    sentences: NDArray[np.int32]
    terms: NDArray[np.uint32]
    codes: NDArray[np.int8]
    scales: NDArray[np.float16]
    position_of: dict[str, int] = field(init=False)
    """The position of each of `articles` that is not gone."""
    chunk_starts: NDArray[np.int64] = field(init=False)
    """Where each article's chunks begin, and the end of the last: (articles + 1,)."""
    live_sentences: int = field(init=False)
    mean_length: float = field(init=False)
    """Terms in a sentence, on average over those that are not gone; 0 when there are none."""
    _rows: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        position_of = {name: at for at, name in enumerate(self.articles) if at not in self.dead}
        chunk_starts = np.searchsorted(
            self.keys, np.arange(len(self.articles) + 1, dtype=np.int64) << ORDINAL_BITS
        )
        dead = np.asarray(sorted(self.dead), dtype=np.int64)
        first, end = chunk_starts[dead], chunk_starts[dead + 1]
        sentences, terms = (
            int(starts[-1] - (starts[end] - starts[first]).sum())
            for starts in (self.sentence_starts, self.term_starts)
        )
        object.__setattr__(self, "position_of", position_of)
        object.__setattr__(self, "chunk_starts", chunk_starts)
        object.__setattr__(self, "live_sentences", sentences)
        object.__setattr__(self, "mean_length", terms / sentences if sentences else 0.0)

    @property
    def live_chunks(self) -> int:
        """Chunks that can be found."""
        gone = (int(self.chunk_starts[one + 1] - self.chunk_starts[one]) for one in self.dead)
        return len(self.keys) - sum(gone)

    @property
    def versions(self) -> dict[str, str]:
        """The version of each article that is not gone, by its id."""
        named = (name.partition(".") for name in self.position_of)
        return {article_id: version for article_id, _, version in named}

    @property
    def positions(self) -> dict[str, int]:
        """The position of each article that is not gone, by its id."""
        return {name.partition(".")[0]: position for name, position in self.position_of.items()}

    def rows_of(self, chunk_ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each chunk, (chunks,); `ingest.vector_table.UNKNOWN_ROW` for one that cannot be found."""
        return remembered_rows(self._rows, self.keys, chunk_ids, self.position_of.get)

    def candidates(self, rows: NDArray[np.int64]) -> Candidates:
        """The sentences of these chunks, each of which has some."""
        own = _flat(self.sentence_starts, rows)
        return Candidates(
            counts=self.sentence_starts[rows + 1] - self.sentence_starts[rows],
            lengths=self.sentences.take(own, axis=0)[:, TERMS].astype(np.int64),
            terms=self.terms.take(_flat(self.term_starts, rows)),
            codes=self.codes.take(own, axis=0),
            scales=self.scales.take(own),
        )

    def alive(self) -> Iterator[ArticleRows]:
        """The articles that are not gone, as they were taken in."""
        for name, position in self.position_of.items():
            rows = slice(self.chunk_starts[position], self.chunk_starts[position + 1])
            sentence_starts = self.sentence_starts[rows.start : rows.stop + 1]
            term_starts = self.term_starts[rows.start : rows.stop + 1]
            own = slice(sentence_starts[0], sentence_starts[-1])
            ordinals = self.keys[rows] & ((1 << ORDINAL_BITS) - 1)
            chunks = np.stack(
                [ordinals, np.diff(sentence_starts), np.diff(term_starts), self.lines[rows]], axis=1
            )
            article_id, _, version = name.partition(".")
            yield ArticleRows(
                article_id,
                version,
                chunks.astype(np.int32),
                self.sentences[own],
                self.terms[term_starts[0] : term_starts[-1]],
                self.codes[own],
                self.scales[own],
            )


def keys_of(positions: NDArray[np.int64], ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each chunk, in the order of the articles' positions and the chunks' ordinals."""
    return positions << ORDINAL_BITS | ordinals


def _flat(starts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Everything that begins at these rows of `starts` and ends at the next, row after row."""
    first = starts[rows]
    counts = starts[rows + 1] - first
    ends = np.cumsum(counts)
    return np.repeat(first - (ends - counts), counts) + np.arange(ends[-1])
