"""Dateline as its own commands run it: `open_services`, `ingest`, `search`, default settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


class Dateline:
    """Open services over one index."""

    packages = ("dateline", "chromadb", "onnxruntime", "tantivy")

    def __init__(self, options: dict[str, Any], watch: Callable[[Any, str], None]) -> None:
        from service.opening import open_services
        from service.settings import ServiceSettings

        settings = ServiceSettings.load(data_dir=Path(options["index"]), embed_threads=options["threads"])
        self._services = open_services(settings, role="bench speed", create=options["create"])
        from ingest.onnx_model import OnnxEmbedder, OnnxSentenceEmbedder

        watch(OnnxEmbedder, "embed")
        watch(OnnxSentenceEmbedder, "embed_with_sentences")

    def ingest(self, path: str) -> None:
        """Every file is read as `dateline ingest` reads it, metadata included."""
        report = self._services.ingest([Path(path)])
        if report.failed:
            raise RuntimeError(f"{len(report.failed)} articles failed, the first: {report.failed[0]}")

    def search(self, question: str, limit: int) -> list[str]:
        """What `dateline search` prints."""
        return [passage.text for passage in self._services.search(question, limit=limit)]

    def count(self) -> int:
        """Chunks, boilerplate included."""
        return self._services.ready().chunks

    def close(self) -> None:
        """Close the index."""
        self._services.close()


def open_system(options: dict[str, Any], watch: Callable[[Any, str], None]) -> Dateline:
    """Open or create the index in `options["index"]`."""
    return Dateline(options, watch)
