"""An index knows whether it has sentence vectors, and one made without them is refused with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.chunk_sentences import SENTENCES_VERSION
from ingest.embedding import open_embedder
from ingest.errors import IndexMismatch
from ingest.openai_embedding import OpenAIEmbedder
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from service.index_fingerprint import index_fingerprint


def test_only_an_embedder_with_sentence_vectors_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"-s{SENTENCES_VERSION}"
    assert index_fingerprint(open_embedder(IngestSettings())).endswith(mark)
    remote = OpenAIEmbedder("small", api_key="key", base_url="http://127.0.0.1:9")
    monkeypatch.setattr(OpenAIEmbedder, "fingerprint", "openai-small-3")
    assert mark not in index_fingerprint(remote)


def test_an_index_made_without_sentences_is_refused(tmp_path: Path) -> None:
    settings = IngestSettings(data_dir=tmp_path)
    embedder = open_embedder(settings)
    now = index_fingerprint(embedder)
    before = now.removesuffix(f"-s{SENTENCES_VERSION}")
    assert before != now
    ArticleStore.open(settings, fingerprint=before, dimension=embedder.dimension, create=True).close()
    with pytest.raises(IndexMismatch, match=r"dateline ingest --rebuild FOLDER"):
        ArticleStore.open(settings, fingerprint=now, dimension=embedder.dimension, create=False)
