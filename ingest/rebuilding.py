"""Fills a new index from the articles of an old one, when the embedder, the chunker or the analysis has changed.

The old index holds every article's words, so nothing outside it is needed: uploads, folders that are not mounted now
and files that are gone all come along. File stamps do not, so that the ingest that follows reads every file again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ingest.attribution import analyze
from ingest.batching import BatchWriter
from ingest.chunking import chunk
from ingest.preparing import FileStamp, Ready, chunk_window
from ingest.records import StoredArticle
from ingest.report import IngestReport, Progress

if TYPE_CHECKING:
    from ingest.embedding import Embedder
    from ingest.store import ArticleStore

READ_AT_ONCE = 50


def carry_over(
    old: ArticleStore,
    new: ArticleStore,
    embedder: Embedder,
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Analyze, cut and embed every article of `old` anew, into `new`. The report counts them as added.

    Raises:
        TransientError, PermanentError: from the embedder or a store; `new` is then incomplete and not in use.
    """
    started = time.monotonic()
    report = IngestReport()
    records = old.catalogue()

    def tell() -> None:
        if on_progress is not None:
            done = len(report.added)
            elapsed_s = time.monotonic() - started
            on_progress(
                Progress(done, len(records), "articles of the old index", report.chunks_embedded, elapsed_s)
            )

    with BatchWriter(new, embedder, report, tell) as writer:
        for start in range(0, len(records), READ_AT_ONCE):
            batch = [record.article_id for record in records[start : start + READ_AT_ONCE]]
            for stored in old.get(batch).values():
                writer.add(_ready(stored, embedder.count_tokens, chunk_window(embedder.max_tokens)))
        writer.commit()
    tell()
    report.elapsed_s = time.monotonic() - started
    return report


def _ready(stored: StoredArticle, count_tokens: Callable[[Sequence[str]], list[int]], window: int) -> Ready:
    article = stored.article
    analysis = analyze(article.text, article.boilerplate)
    return Ready(
        article=article,
        analysis=analysis,
        chunks=chunk(article, analysis.sentences, count_tokens, window),
        signature=stored.record.signature,
        root=stored.record.root,
        stamp=FileStamp(),
        previous=None,
        alike=None,
    )
