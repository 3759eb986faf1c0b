"""The vectors that a question is searched with: its own, and one for each of its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import Embedder, SentenceEmbedder
from service.question_parts import Part


def question_vectors(embedder: Embedder, text: str, parts: Sequence[Part]) -> NDArray[np.float32]:
    """Unit vectors of the question and of each part, (1 + parts, dimension).

    Where the embedder can, a part's vector is made of what the model knows of its words after it has read the
    whole question, as sentences' vectors are after it has read the chunk (`ingest.onnx_model`): one run instead of
    one a part, and "the same report" in a part is no longer any report. Otherwise each text is embedded by itself.
    """
    if not isinstance(embedder, SentenceEmbedder):
        texts = [text, *(part.text or text for part in parts)]
        distinct = {one: number for number, one in enumerate(dict.fromkeys(texts))}
        return embedder.embed(list(distinct))[[distinct[one] for one in texts]]
    whole = ((0, len(text)),)
    own_spans = [() if part.spans == whole or not part.text else part.spans for part in parts]
    (embedded,) = embedder.embed_with_sentences([text], [[span for own in own_spans for span in own]])
    vectors, first = [embedded.vector], 0
    for own in own_spans:
        of_spans = embedded.sentences[first : first + len(own)]
        first += len(own)
        vectors.append(_mean_direction(of_spans, own) if own else embedded.vector)
    return np.stack(vectors)


def _mean_direction(vectors: NDArray[np.float32], spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """The unit mean of the vectors of spans (spans, dimension), each weighted by its length: about the mean of all
    their words' states, whose sums are not kept. At least one."""
    if len(vectors) == 1:
        only: NDArray[np.float32] = vectors[0]
        return only
    total = np.array([end - start for start, end in spans], np.float32) @ vectors
    mean: NDArray[np.float32] = total / np.float32(np.linalg.norm(total) or 1)
    return mean
