"""The vectors a question is searched with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding import EmbeddedText
from service.outlets import OutletNames
from service.question_parts import Part, parts_to_search
from service.question_vectors import question_vectors
from service.wiring import Services

OUTLETS = OutletNames(["The Harbour Post", "Valley Herald"])
COMPARISON = "Did The Harbour Post call the budget cautious, while the Valley Herald found it reckless?"


def _parts(question: str) -> tuple[Part, ...]:
    return parts_to_search(question, OUTLETS.mentions(question), ())


class _Plain:
    """The embedder of an index, without its sentences; it notes what it is asked."""

    max_tokens = 256
    dimension = 384
    name = fingerprint = "plain"

    def __init__(self, services: Services) -> None:
        self._inside = services._embedder
        self.asked: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append(list(texts))
        return self._inside.embed(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._inside.count_tokens(texts)


class _WithSentences(_Plain):
    def embed_with_sentences(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[EmbeddedText]:
        self.asked.append(list(texts))
        embed = getattr(self._inside, "embed_with_sentences")  # noqa: B009 - not every embedder has it
        found: list[EmbeddedText] = embed(texts, spans)
        return found


def test_parts_come_from_one_run_over_the_question(sample_services: Services) -> None:
    embedder, parts = _WithSentences(sample_services), _parts(COMPARISON)
    vectors = question_vectors(embedder, COMPARISON, parts)
    assert embedder.asked == [[COMPARISON]]
    assert vectors.shape == (1 + len(parts), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = sample_services._embedder.embed([COMPARISON, *(part.text for part in parts)])
    assert np.array_equal(vectors[0], alone[0])
    likeness = vectors[1:3] @ alone[1:3].T
    assert likeness[0, 0] + likeness[1, 1] > likeness[0, 1] + likeness[1, 0]


def test_an_embedder_without_sentences_embeds_each_text_once(sample_services: Services) -> None:
    embedder, parts = _Plain(sample_services), _parts(COMPARISON)
    vectors = question_vectors(embedder, COMPARISON, [*parts, parts[0]])
    assert embedder.asked == [list(dict.fromkeys([COMPARISON, *(part.text for part in parts)]))]
    assert np.array_equal(vectors[-1], vectors[1])
    assert np.array_equal(vectors[1], sample_services._embedder.embed([parts[0].text])[0])


@pytest.mark.parametrize("question", ["Who repaired the tide barrier?", "?", " ", "The Harbour Post"])
def test_what_is_one_part_has_the_questions_own_vector(sample_services: Services, question: str) -> None:
    for embedder in (_Plain(sample_services), _WithSentences(sample_services)):
        vectors = question_vectors(embedder, question, _parts(question))
        assert len(vectors) == 2
        assert np.allclose(vectors[1], vectors[0], atol=1e-6) or question == " "
