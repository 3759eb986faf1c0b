"""haiku.rag: LanceDB, hybrid search (vectors and full text, fused), docling's chunker.

Its embedder is its own `sentence-transformers` provider with the weights that the others use; its chunker counts with
their tokenizer, 256 tokens a passage, which is also its default. Articles are given as plain text, one after another,
as its Python documentation does it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any


class HaikuRag:
    """A haiku.rag client over one database."""

    packages = ("haiku.rag-slim", "lancedb", "docling", "sentence-transformers", "torch")

    def __init__(self, options: dict[str, Any], watch: Callable[[Any, str], None]) -> None:
        from haiku.rag.client import HaikuRAG  # type: ignore[import-not-found]
        from haiku.rag.config import (  # type: ignore[import-not-found]
            AppConfig,
            EmbeddingModelConfig,
            EmbeddingsConfig,
            ProcessingConfig,
        )
        from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]

        watch(SentenceTransformer, "encode")
        model = EmbeddingModelConfig(
            provider="sentence-transformers", name=options["model"], vector_dim=options["dimension"]
        )
        config = AppConfig(
            embeddings=EmbeddingsConfig(model=model),
            processing=ProcessingConfig(
                chunk_size=options["passage_tokens"], chunking_tokenizer=options["model"]
            ),
        )
        self._loop = asyncio.new_event_loop()
        database = Path(options["index"]) / "articles.lancedb"
        self._client = HaikuRAG(database, config=config, create=options["create"])
        self._run(self._client.__aenter__())

    def ingest(self, path: str) -> None:
        """`create_document`, one article after another."""
        with Path(path).open(encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]

        async def add() -> None:
            for record in records:
                await self._client.create_document(
                    f"{record['title']}\n\n{record['body']}",
                    uri=record["url"],
                    title=record["title"],
                    format="plain",
                )

        self._run(add())

    def search(self, question: str, limit: int) -> list[str]:
        """Its default search, hybrid."""
        return [found.content for found in self._run(self._client.search(question, limit=limit))]

    def count(self) -> int:
        """Chunks in the database."""
        return int(self._run(self._count()))

    async def _count(self) -> int:
        return int(await self._client.store.chunks_table.count_rows())

    def close(self) -> None:
        """Close the database."""
        self._run(self._client.__aexit__(None, None, None))
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)


def open_system(options: dict[str, Any], watch: Callable[[Any, str], None]) -> HaikuRag:
    """Open or create the database in `options["index"]`."""
    return HaikuRag(options, watch)
