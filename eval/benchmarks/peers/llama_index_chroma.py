"""The plain pipeline of llama-index's Chroma tutorial: `VectorStoreIndex` over `ChromaVectorStore`, a
`SentenceSplitter`, and all-MiniLM-L6-v2 run by sentence-transformers.

With `options["passage_tokens"]` the splitter gets that size and `options["overlap_tokens"]`, counted by the model's own
tokenizer: llama-index counts by GPT's unless told otherwise, whose tokens are longer, and the model would silently
cut off the end of every passage. Without, it keeps its defaults (1024 and 200). Everything else is as the tutorial
leaves it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class LlamaIndexChroma:
    """A vector index in a Chroma folder."""

    packages = (
        "llama-index-core",
        "llama-index-vector-stores-chroma",
        "llama-index-embeddings-huggingface",
        "chromadb",
        "sentence-transformers",
        "torch",
    )

    def __init__(self, options: dict[str, Any], watch: Callable[[Any, str], None]) -> None:
        import chromadb
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore
        from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]

        watch(SentenceTransformer, "encode")
        self._embedding = HuggingFaceEmbedding(model_name=options["model"])
        self._splitter = (
            SentenceSplitter(
                chunk_size=options["passage_tokens"],
                chunk_overlap=options["overlap_tokens"],
                tokenizer=_tokenizer(options["model"]),
            )
            if options["passage_tokens"]
            else SentenceSplitter()
        )
        self._collection = chromadb.PersistentClient(path=options["index"]).get_or_create_collection(
            "articles"
        )
        store = ChromaVectorStore(chroma_collection=self._collection)
        self._storage = StorageContext.from_defaults(vector_store=store)
        self._index = VectorStoreIndex.from_vector_store(store, embed_model=self._embedding)
        self._retrievers: dict[int, Any] = {}

    def ingest(self, path: str) -> None:
        """`VectorStoreIndex.from_documents`, one document an article."""
        from llama_index.core import Document, VectorStoreIndex

        with Path(path).open(encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        VectorStoreIndex.from_documents(
            [Document(text=f"{record['title']}\n\n{record['body']}") for record in records],
            storage_context=self._storage,
            embed_model=self._embedding,
            transformations=[self._splitter],
        )

    def search(self, question: str, limit: int) -> list[str]:
        """The nearest passages."""
        if limit not in self._retrievers:
            self._retrievers[limit] = self._index.as_retriever(similarity_top_k=limit)
        return [found.node.get_content() for found in self._retrievers[limit].retrieve(question)]

    def count(self) -> int:
        """Passages in the collection."""
        return int(self._collection.count())

    def close(self) -> None:
        """Chroma's client has nothing to close."""


def _tokenizer(model: str) -> Callable[[str], list[int]]:
    """The model's token ids of a text, as many as there are: not cut, and without the two that surround it."""
    from transformers import AutoTokenizer  # type: ignore[import-not-found]

    tokenizer = AutoTokenizer.from_pretrained(model)
    tokenizer.model_max_length = 10**9  # silences a warning about long articles, which are to be split

    def ids(text: str) -> list[int]:
        found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    return ids


def open_system(options: dict[str, Any], watch: Callable[[Any, str], None]) -> LlamaIndexChroma:
    """Open or create the index in `options["index"]`."""
    return LlamaIndexChroma(options, watch)
