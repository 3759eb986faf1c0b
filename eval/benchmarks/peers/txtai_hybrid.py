"""txtai: an embeddings database with content and hybrid search (faiss and BM25, its own mean of both).

Passages are cut by its `Segmentation` with the chonkie sentence chunker at `options["passage_tokens"]` and
`options["overlap_tokens"]`, counted with the tokenizer of the weights that the others use.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class TxtaiHybrid:
    """A txtai index in a folder."""

    packages = ("txtai", "faiss-cpu", "chonkie", "transformers", "torch")

    def __init__(self, options: dict[str, Any], watch: Callable[[Any, str], None]) -> None:
        from txtai import Embeddings  # type: ignore[import-not-found]

        self._options = options
        self._folder = str(Path(options["index"]) / "embeddings")
        self._embeddings = Embeddings(path=options["model"], content=True, hybrid=True)
        self._segment: Any = None
        self._number = 0
        if not options["create"]:
            self._embeddings.load(self._folder)
            self._number = int(self._embeddings.count())
        watch(self._vectors_class(), "encode")

    def ingest(self, path: str) -> None:
        """`index` the first time, `upsert` after it, then `save`."""
        if self._segment is None:
            self._segment = self._segmentation()
        with Path(path).open(encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        passages = [
            passage
            for record in records
            for passage in self._segment(f"{record['title']}\n\n{record['body']}")
        ]
        rows = [(self._number + offset, passage) for offset, passage in enumerate(passages)]
        add = self._embeddings.upsert if self._number else self._embeddings.index
        add(rows)
        self._number += len(rows)
        self._embeddings.save(self._folder)

    def search(self, question: str, limit: int) -> list[str]:
        """Its hybrid search with equal weights, the default."""
        return [found["text"] for found in self._embeddings.search(question, limit)]

    def count(self) -> int:
        """Passages in the database."""
        return int(self._embeddings.count())

    def close(self) -> None:
        """Close the database."""
        self._embeddings.close()

    def _segmentation(self) -> Any:
        from tokenizers import Tokenizer
        from txtai.pipeline import Segmentation  # type: ignore[import-not-found]

        tokenizer = Tokenizer.from_file(str(Path(self._options["model"]) / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return Segmentation(
            chunker="sentence",
            tokenizer=tokenizer,
            chunk_size=self._options["passage_tokens"],
            chunk_overlap=self._options["overlap_tokens"],
        )

    @staticmethod
    def _vectors_class() -> Any:
        from txtai.vectors.dense.huggingface import HFVectors  # type: ignore[import-not-found]

        return HFVectors


def open_system(options: dict[str, Any], watch: Callable[[Any, str], None]) -> TxtaiHybrid:
    """Open or create the index in `options["index"]`."""
    return TxtaiHybrid(options, watch)
