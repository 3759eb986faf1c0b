"""Sentence vectors from a text's own run: against the definition, and where a graph cannot give them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from ingest.embedding import SentenceEmbedder, open_embedder
from ingest.minilm import TOKENS, load_graph
from ingest.onnx_embedding import bundled_tokenizer, open_bundled, open_folder
from ingest.onnx_model import OnnxSentenceEmbedder
from ingest.openai_embedding import OpenAIEmbedder
from ingest.settings import IngestSettings, default_cache_dir
from ingest.weights import find_weights

SENTENCES = [
    ["Überraschung am Montag: 東京 and Москва signed a deal 🙂.", "It is worth €3.5bn.", "Nobody objected."],
    ["“We will not comment,” said a spokeswoman — twice.", "Then she left."],
    ["The harbour reopened."],
]
TEXTS = ["The Post · April 10, 2024\n" + " ".join(sentences) for sentences in SENTENCES]


def spans_of(text: str, sentences: list[str]) -> list[tuple[int, int]]:
    return [(text.index(one), text.index(one) + len(one)) for one in sentences]


SPANS = [spans_of(text, sentences) for text, sentences in zip(TEXTS, SENTENCES, strict=True)]


@pytest.fixture(scope="module")
def bundled() -> OnnxSentenceEmbedder:
    found = open_bundled(default_cache_dir(), threads=2)
    assert isinstance(found, OnnxSentenceEmbedder)
    return found


def by_definition(text: str, spans: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Token by token, with plain loops, from the graph's second output."""
    session = onnxruntime.InferenceSession(
        load_graph(default_cache_dir()), providers=["CPUExecutionProvider"]
    )
    encoding = bundled_tokenizer().encode(text)
    ids = np.array([encoding.ids], np.int64)
    states = session.run([TOKENS], {"input_ids": ids})[0][0]
    rows = []
    for start, end in spans:
        own = [
            state.astype(np.float64)
            for state, token, (low, high) in zip(states, encoding.tokens, encoding.offsets, strict=True)
            if token not in ("[CLS]", "[SEP]") and low < end and start < high
        ]
        mean = sum(own) / len(own)
        rows.append(mean / np.linalg.norm(mean))
    return np.array(rows)


def test_sentence_vectors_are_the_means_of_their_tokens_states(bundled: OnnxSentenceEmbedder) -> None:
    found = bundled.embed_with_sentences(TEXTS, SPANS)
    for one, text, spans in zip(found, TEXTS, SPANS, strict=True):
        assert one.sentences.shape == (len(spans), 384)
        assert one.sentences.dtype == one.vector.dtype == np.float32
        np.testing.assert_allclose(one.sentences, by_definition(text, spans), atol=2e-6)
        np.testing.assert_allclose(np.linalg.norm(one.sentences, axis=1), 1, atol=1e-6)


def test_the_texts_vectors_are_those_of_embed_bit_for_bit(bundled: OnnxSentenceEmbedder) -> None:
    texts = [*TEXTS, "", "   ", "word " * 400]
    found = bundled.embed_with_sentences(texts, [*SPANS, [], [(0, 3)], [(0, 4)]])
    assert np.array_equal(np.stack([one.vector for one in found]), bundled.embed(texts))


def test_a_sentence_vector_depends_on_its_text_alone(bundled: OnnxSentenceEmbedder) -> None:
    together = bundled.embed_with_sentences(TEXTS * 3, SPANS * 3)
    for number, one in enumerate(together):
        text, spans = TEXTS[number % 3], SPANS[number % 3]
        assert np.array_equal(one.sentences, bundled.embed_with_sentences([text], [spans])[0].sentences)
    alone = open_bundled(default_cache_dir(), threads=1)
    assert isinstance(alone, SentenceEmbedder)
    assert np.array_equal(alone.embed_with_sentences(TEXTS, SPANS)[0].sentences, together[0].sentences)


def test_what_the_model_did_not_read_gets_the_texts_own_vector(bundled: OnnxSentenceEmbedder) -> None:
    text = "word " * 254 + "harbour bridge ferry"
    end = len(text)
    read, cut, beyond, blank = bundled.embed_with_sentences(
        [text], [[(0, 4), (end - 20, end), (end - 5, end), (4, 5)]]
    )[0].sentences
    vector = bundled.embed([text])[0]
    np.testing.assert_allclose(beyond, vector, atol=1e-6)
    np.testing.assert_allclose(blank, vector, atol=1e-6)
    assert np.abs(read - vector).max() > 0.01
    assert np.abs(cut - vector).max() > 0.01  # "harbour bridge" was read
    nothing = bundled.embed_with_sentences([""], [[(0, 0)]])[0]
    np.testing.assert_allclose(nothing.sentences, [nothing.vector], atol=1e-6)


def test_nothing_to_embed_and_lists_that_do_not_fit(bundled: OnnxSentenceEmbedder) -> None:
    assert bundled.embed_with_sentences([], []) == []
    with pytest.raises(ValueError, match="2 texts"):
        bundled.embed_with_sentences(["a", "b"], [[]])


def test_a_pronouns_sentence_leans_to_whom_it_refers(bundled: OnnxSentenceEmbedder) -> None:
    last = "It rose again on Tuesday."
    texts = [f"The central bank raised its interest rate. {last}", f"The river flooded the town. {last}"]
    spans = [[(text.index(last), len(text))] for text in texts]
    rate, river = (one.sentences[0] for one in bundled.embed_with_sentences(texts, spans))
    asked = bundled.embed(["How did interest rates change?"])[0]
    assert asked @ rate > asked @ river + 0.1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(load_graph(default_cache_dir()))
    (tmp_path / "tokenizer.json").write_bytes(find_weights().tokenizer.read_bytes())
    return tmp_path


def with_outputs(folder: Path, names: list[str]) -> None:
    """Leave the graph of `folder` these outputs, in this order."""
    import onnx

    model = onnx.load(str(folder / "model.onnx"))
    outputs = {output.name: output for output in model.graph.output}
    del model.graph.output[:]
    model.graph.output.extend(outputs[name] for name in names)
    onnx.save(model, str(folder / "model.onnx"))


@pytest.mark.parametrize("outputs", [["embedding", TOKENS], [TOKENS], [TOKENS, "embedding"]])
def test_a_folders_graph_that_gives_token_states_has_the_same_vectors(
    bundled: OnnxSentenceEmbedder, folder: Path, outputs: list[str]
) -> None:
    with_outputs(folder, outputs)
    found = open_folder(folder)
    assert isinstance(found, SentenceEmbedder)
    expected = bundled.embed_with_sentences(TEXTS, SPANS)
    for one, other in zip(found.embed_with_sentences(TEXTS, SPANS), expected, strict=True):
        np.testing.assert_allclose(one.vector, other.vector, atol=1e-6)
        assert np.array_equal(one.sentences, other.sentences)


def test_graphs_that_give_none_say_so_and_embed_all_the_same(folder: Path) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"pooling_mode_cls_token": True}), encoding="utf-8"
    )
    by_cls = open_folder(folder)
    assert not isinstance(by_cls, SentenceEmbedder)
    (folder / "1_Pooling" / "config.json").unlink()
    with_outputs(folder, ["embedding"])
    pooled = open_folder(folder)
    assert not isinstance(pooled, SentenceEmbedder)
    assert pooled.embed(TEXTS).shape == (3, 384)


def test_a_remote_embedder_has_no_sentence_vectors() -> None:
    assert not isinstance(OpenAIEmbedder("small", api_key="key"), SentenceEmbedder)
    assert isinstance(open_embedder(IngestSettings(cache_dir=default_cache_dir())), SentenceEmbedder)
