"""What must hold of articles before the store writes any of them: a batch is refused whole, with nothing written."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.articles import chunk_id_of
from ingest.chunk_sentences import sentence_spans
from ingest.errors import InvalidRequest
from ingest.records import PreparedArticle


def check_batch(batch: Sequence[PreparedArticle], dimension: int) -> None:
    """Check that every article comes once and fits an index of vectors of this `dimension`.

    Raises:
        InvalidRequest: an article comes twice, or its text, chunk ids or vectors do not fit.
    """
    seen: set[str] = set()
    for prepared in batch:
        article = prepared.article
        if article.article_id in seen:
            raise InvalidRequest(f"{article.source} comes twice in one batch")
        seen.add(article.article_id)
        expected = [chunk_id_of(article.article_id, article.version, n) for n in range(len(prepared.chunks))]
        if [chunk.chunk_id for chunk in prepared.chunks] != expected:
            raise InvalidRequest(f"{article.source}: its chunk ids are not those of its version")
        try:
            f"{article.text}{article.title}{article.outlet}{article.authors}{article.url}".encode()
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"{article.source}: its text is not valid Unicode: {error}") from error
        if prepared.vectors.shape != (len(prepared.chunks), dimension):
            raise InvalidRequest(
                f"{article.source}: vectors of shape {prepared.vectors.shape} for {len(prepared.chunks)} "
                f"chunks in an index of dimension {dimension}"
            )
        if prepared.sentences:
            spans = sentence_spans(prepared.analysis.sentences, prepared.chunks)
            rows = sum(len(of_chunk) for of_chunk in spans)
            if prepared.sentences.codes.shape != (rows, dimension):
                raise InvalidRequest(
                    f"{article.source}: sentence vectors of shape {prepared.sentences.codes.shape} for {rows} "
                    f"sentences in an index of dimension {dimension}"
                )
