"""Sentence vectors from ingest to the store and back: reused, renewed, rebuilt, and left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.articles import Analysis, Sentence
from ingest.batching import BatchWriter
from ingest.chunk_sentences import sentence_spans
from ingest.embedding import EmbeddedText
from ingest.errors import InvalidRequest
from ingest.preparing import FileStamp, Ready
from ingest.rebuilding import carry_over
from ingest.report import IngestReport
from ingest.sentence_codes import ArticleSentences, SentenceCodes
from tests.ingest import test_store
from tests.ingest.ingest_bench import DIMENSION, Bench, HashEmbedder, age, story


class SentenceHashEmbedder(HashEmbedder):
    """A sentence's vector is made of its own words and of its text's."""

    def embed_with_sentences(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[EmbeddedText]:
        vectors = self.embed(texts)
        hashed = HashEmbedder()
        return [
            EmbeddedText(vector, hashed.embed([f"{text}|{text[a:b]}" for a, b in own]).reshape(-1, DIMENSION))
            for text, own, vector in zip(texts, spans, vectors, strict=True)
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.embedder = SentenceHashEmbedder()
    return made


def sentences(bench: Bench) -> dict[str, ArticleSentences]:
    source_of = {record.article_id: record.source for record in bench.store.catalogue()}
    return {source_of[one.article_id]: one for one in bench.store.article_sentences()}


def check(bench: Bench) -> dict[str, ArticleSentences]:
    """Every sentence of every article has the codes that its words give, whatever way they came there."""
    found = sentences(bench)
    assert sorted(found) == bench.sources()
    stored = bench.store.get([one.article_id for one in found.values()])
    hashed = HashEmbedder()
    for one in found.values():
        article, analysis = stored[one.article_id].article, stored[one.article_id].analysis
        chunks = list(bench.store.chunks(one.chunk_ids).values())
        assert (one.text, one.version) == (article.text, article.version)
        assert one.boilerplate == tuple(chunk.boilerplate for chunk in chunks)
        assert one.spans == sentence_spans(analysis.sentences, chunks)
        words = [
            f"{chunk.embedded_text}|{article.text[start:end]}"
            for chunk, spans in zip(chunks, one.spans, strict=True)
            for start, end in spans
        ]
        expected = SentenceCodes.of(hashed.embed(words))
        assert len(one.codes) == len(words) > 0
        assert np.array_equal(one.codes.codes, expected.codes)
        assert np.array_equal(one.codes.scales, expected.scales)
    return found


def test_every_sentence_is_kept_and_read_back(bench: Bench) -> None:
    bench.put("a.txt", story("bridges", 4))
    bench.put("b.txt", story("tunnels", 1))
    bench.ingest()
    found = check(bench)
    a = found["a.txt"]
    assert a.text[slice(*a.spans[0][1])].startswith("Speaker 0 described")
    assert [one.article_id for one in bench.store.article_sentences([a.article_id, "absent"])] == [
        a.article_id
    ]
    assert len(list(bench.store.article_sentences(at_once=1))) == 2


def test_a_changed_article_keeps_the_sentences_of_its_unchanged_chunks(bench: Bench) -> None:
    path = bench.put("a.txt", story("bridges", 6))
    first = bench.ingest()
    path.write_text(story("bridges", 6) + "\n\nA last word on ferries was added.\n", encoding="utf-8")
    report = bench.ingest()
    assert 0 < report.chunks_embedded < first.chunks_embedded
    assert report.chunks_reused > 0
    check(bench)


def test_a_renamed_file_and_a_touched_one_keep_all_of_them(bench: Bench) -> None:
    path = bench.put("a.txt", story("bridges"))
    touched = bench.put("b.txt", story("tunnels"))
    bench.ingest()
    before = check(bench)
    path.rename(bench.folder / "c.txt")
    age(touched)
    assert bench.ingest(prune=True).chunks_embedded == 0
    after = check(bench)
    assert np.array_equal(after["c.txt"].codes.codes, before["a.txt"].codes.codes)
    assert np.array_equal(after["b.txt"].codes.codes, before["b.txt"].codes.codes)


def test_the_same_words_in_other_sentences_are_embedded_anew(bench: Bench) -> None:
    bench.put("a.txt", story("bridges", 1))
    bench.ingest()
    (record,) = bench.store.catalogue()
    (stored,) = bench.store.get([record.article_id]).values()
    chunks = tuple(bench.store.chunks(record.chunk_ids).values())
    halved = [
        Sentence(start, end, one.paragraph)
        for one in stored.analysis.sentences
        for start, end in ((one.start, one.start + 9), (one.start + 9, one.end))
    ]
    ready = Ready(
        stored.article, Analysis(tuple(halved)), chunks, None, record.root, FileStamp(), record, None
    )
    report = IngestReport()
    with BatchWriter(bench.store, bench.embedder, report, lambda: None) as writer:
        writer.add(ready)
        writer.commit()
    assert report.chunks_embedded == len(chunks)
    check(bench)


def test_a_rebuild_makes_them_from_an_index_without(bench: Bench) -> None:
    bench.embedder = HashEmbedder()
    bench.put("a.txt", story("bridges"))
    bench.ingest()
    (bare,) = bench.store.article_sentences()
    assert len(bare.codes) == 0
    assert bare.codes.vectors().shape == (0, DIMENSION)
    assert sum(map(len, bare.spans)) > 3
    bench.embedder = SentenceHashEmbedder()
    new = bench.store.rebuild("hash-8-s1", DIMENSION)
    carry_over(bench.store, new, bench.embedder)
    new.activate()
    bench.store = new
    check(bench)


def test_vectors_without_sentences_are_not_reused_by_an_embedder_with_them(bench: Bench) -> None:
    bench.embedder = HashEmbedder()
    path = bench.put("a.txt", story("bridges"))
    bench.ingest()
    bench.embedder = SentenceHashEmbedder()
    path.rename(bench.folder / "b.txt")
    assert bench.ingest(prune=True).chunks_reused == 0
    check(bench)


def test_an_embedder_without_sentences_works_as_ever(bench: Bench) -> None:
    bench.embedder = HashEmbedder()
    path = bench.put("a.txt", story("bridges", 5))
    bench.ingest()
    path.write_text(story("bridges", 5) + "\n\nOne more.\n", encoding="utf-8")
    assert bench.ingest().chunks_reused > 0
    assert [len(one.codes) for one in bench.store.article_sentences()] == [0]


def test_sentences_that_do_not_fit_are_refused(bench: Bench) -> None:
    whole = test_store.prepared(1)
    rows = sum(map(len, sentence_spans(whole.analysis.sentences, whole.chunks)))
    vectors = test_store.unit_vectors([1], rows)
    fitting = replace(whole, sentences=SentenceCodes.of(vectors))
    for wrong in (vectors[1:], vectors[:, 1:]):
        with pytest.raises(InvalidRequest, match=r"0001\.txt: sentence vectors of shape"):
            bench.store.write([replace(whole, sentences=SentenceCodes.of(wrong))])
    bench.store.write([fitting])
    (found,) = bench.store.article_sentences()
    assert np.array_equal(found.codes.codes, SentenceCodes.of(vectors).codes)
