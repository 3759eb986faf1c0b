"""Which sentences are in which chunk, and the bytes that their vectors become."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ingest.articles import Article, Chunk, Sentence, Span
from ingest.attribution import analyze
from ingest.chunk_sentences import sentence_spans
from ingest.chunking import chunk
from ingest.sentence_codes import SentenceCodes


def chunks_at(edges: list[int], boilerplate: Collection[int] = ()) -> list[Chunk]:
    return [
        Chunk(f"a.v.{number:05d}", "a", number, start, end, "x" * (end - start), "", number in boilerplate)
        for number, (start, end) in enumerate(pairwise(edges))
    ]


def test_a_sentence_that_is_divided_is_clipped_to_each_chunk() -> None:
    sentences = [Sentence(1, 5, 0), Sentence(6, 24, 0), Sentence(25, 30, 1)]
    assert sentence_spans(sentences, chunks_at([0, 6, 12, 18, 25, 31])) == (
        ((1, 5),),
        ((6, 12),),
        ((12, 18),),
        ((18, 24),),
        ((25, 30),),
    )


def test_boilerplate_chunks_have_none() -> None:
    sentences = [Sentence(0, 5, 0), Sentence(6, 11, 0), Sentence(12, 17, 0)]
    spans = sentence_spans(sentences, chunks_at([0, 6, 12, 17], {1}))
    assert spans == (((0, 5),), (), ((12, 17),))
    assert sentence_spans([], chunks_at([0, 9])) == ((),)
    assert sentence_spans(sentences, []) == ()


@given(st.sets(st.integers(0, 60), min_size=2), st.sets(st.integers(0, 60), min_size=2))
def test_spans_are_the_sentences_cut_at_the_chunks_edges(marks: set[int], cuts: set[int]) -> None:
    ordered = sorted(marks)
    sentences = [Sentence(a, b, 0) for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    chunks = chunks_at(sorted(cuts))
    found = sentence_spans(sentences, chunks)
    for one, spans in zip(chunks, found, strict=True):
        assert all(one.start <= start < end <= one.end for start, end in spans)
        characters = [at for start, end in spans for at in range(start, end)]
        expected = [at for at in range(one.start, one.end) if any(s.start <= at < s.end for s in sentences)]
        assert characters == expected


def test_an_articles_sentences_are_each_in_one_chunk_unless_too_long() -> None:
    short = "The mayor opened the bridge on Monday. Nobody came. “It rained,” she said.\n\n"
    text = short * 6 + "the ferry left and " * 60 + "it came back.\n\nSign up now for our newsletter!"
    article = Article("a", "a.txt", text, boilerplate=(Span(len(text) - 31, len(text)),))
    sentences = analyze(text, article.boilerplate).sentences
    chunks = chunk(article, sentences, lambda texts: [len(one.split()) for one in texts], 64)
    found = sentence_spans(sentences, chunks)
    whole = [span for spans in found for span in spans]
    assert {text[start:end] for start, end in whole} >= {"Nobody came.", "“It rained,” she said."}
    assert whole == sorted(set(whole))
    assert sum(text[start:end].count("the ferry left") for start, end in whole) >= 55
    assert chunks[-1].boilerplate
    assert found[-1] == ()


unit_rows = arrays(np.float32, (4, 6), elements=st.floats(-1, 1, width=32))


@given(unit_rows)
def test_a_code_is_off_by_half_a_step_and_codes_of_codes_are_the_same(rows: NDArray[np.float32]) -> None:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    vectors = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    coded = SentenceCodes.of(vectors)
    again = coded.vectors()
    assert [array.dtype.name for array in (coded.codes, coded.scales, again)] == [
        "int8",
        "float16",
        "float32",
    ]
    # The scale itself is rounded to one part in 2,048, which moves the largest number most.
    assert (np.abs(again - vectors) <= coded.scales.astype(np.float32)[:, None] * 0.57 + 1e-7).all()
    twice = SentenceCodes.of(again)
    assert np.abs(twice.vectors() - again).max() <= np.abs(vectors).max() / 1000 + 1e-7


@pytest.mark.parametrize("count", [0, 1, 5])
def test_codes_are_joined_and_divided_by_rows(count: int) -> None:
    vectors = np.random.default_rng(count).standard_normal((count, 8)).astype(np.float32)
    coded = SentenceCodes.of(vectors)
    parts = [coded.rows(0, 2), coded.rows(2, count), SentenceCodes.none(8)]
    joined = SentenceCodes.joined(parts, 8)
    assert len(joined) == count
    assert np.array_equal(joined.codes, coded.codes)
    assert np.array_equal(joined.scales, coded.scales)
    assert SentenceCodes.joined([], 8).vectors().shape == (0, 8)
