"""Hits and evidence blocks over small articles, without files or an index."""

from __future__ import annotations

from ingest.articles import Chunk, chunk_id_of
from service.evidence_block import EvidenceBlock, gather
from service.reading import Reading
from service.retrieval import Hit


def words(text: str) -> int:
    """Tokens, for a model whose tokens are words."""
    return len(text.split())


def hits_on(*readings: Reading, chars: int = 100_000) -> list[Hit]:
    """Every passage of about `chars` characters, whole sentences, of the articles in order; scores fall from 1."""
    hits: list[Hit] = []
    for reading in readings:
        article = reading.article
        start = 0
        sentences = reading.analysis.sentences
        for number in range(len(sentences)):
            last = number + 1 == len(sentences)
            if last or sentences[number + 1].end - start > chars:
                end = len(article.text) if last else sentences[number + 1].start
                chunk = Chunk(
                    chunk_id_of(article.article_id, article.version, len(hits)),
                    article.article_id,
                    len(hits),
                    start,
                    end,
                    article.text[start:end],
                )
                hits.append(Hit(chunk, reading.stored.record, 1.0 - 0.01 * len(hits), 0.5))
                start = end
    return hits


def by_id(*readings: Reading) -> dict[str, Reading]:
    """The readings, as the library gives them."""
    return {reading.article.article_id: reading for reading in readings}


def block_of(*readings: Reading, max_tokens: int = 4000, chars: int = 100_000) -> EvidenceBlock:
    """The evidence block of whole articles."""
    return gather(
        hits_on(*readings, chars=chars), by_id(*readings), max_tokens=max_tokens, count_tokens=words
    )
