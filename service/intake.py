"""What changes the index: ingesting files and folders, taking in an upload, removing an article. One change at a time.

What only these need is imported when one happens: a question should not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedding import Embedder
from ingest.errors import ArticleNotFound
from ingest.report import IngestReport, Progress
from ingest.store import ArticleStore
from service.index_fingerprint import index_fingerprint
from service.library import Library
from service.settings import ServiceSettings

if TYPE_CHECKING:
    from ingest.readers import ReadOptions


class Intake:
    """Writes to one store, and tells the library that reads from it. Safe to share between threads."""

    def __init__(
        self, settings: ServiceSettings, store: ArticleStore, embedder: Embedder, library: Library
    ) -> None:
        self._settings = settings
        self._store = store
        self._embedder = embedder
        self._library = library
        self._changing = threading.Lock()
        self._options: ReadOptions | None = None  # kept: what reads HTML and PDF is started once

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        prune: bool,
        rebuild: bool,
        field_map: Mapping[str, str],
        on_progress: Callable[[Progress], None] | None,
    ) -> IngestReport:
        """Ingest files and folders; with `rebuild`, into a new index that takes the old one's place when it is done.

        Raises what `ingest.pipeline.ingest` and `ingest.workforce.open_workforce` raise.
        """
        from ingest.pipeline import ingest
        from ingest.rebuilding import carry_over
        from ingest.workforce import open_workforce

        with self._changing, open_workforce(self._embedder, self._settings, field_map) as workforce:
            target = self._store
            if rebuild:
                target = self._store.rebuild(index_fingerprint(self._embedder), self._embedder.dimension)
                carry_over(self._store, target, workforce.embedder, on_progress=on_progress)
            report = ingest(
                paths,
                target,
                self._embedder,
                self._settings,
                prune=prune,
                field_map=field_map,
                on_progress=on_progress,
                workforce=workforce,
            )
            if rebuild:
                target.activate()
            self._library.refresh()
            return report

    def add(self, filename: str, content: bytes) -> IngestReport:
        """Ingest one uploaded file; `filename` is its relative name, whose ending says how to read it."""
        from ingest.pipeline import ingest_documents
        from ingest.readers import ReadOptions, read_content

        with self._changing:
            if self._options is None:
                self._options = ReadOptions.of(self._settings)
            documents = read_content(content, filename, self._options)
            report = ingest_documents(documents, self._store, self._embedder, self._settings)
            self._library.refresh()
            return report

    def remove(self, article_id: str) -> None:
        """Remove one article.

        Raises:
            ArticleNotFound: there is none by that id.
        """
        with self._changing:
            if article_id not in self._library.shelf().records:
                raise ArticleNotFound(f"there is no article with id {article_id!r}")
            self._store.delete([article_id])
            self._library.refresh()
