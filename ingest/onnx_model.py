"""A BERT-like ONNX graph and its tokenizer as an embedder: of texts, and of the sentences inside them.

Every text is run by itself, one thread a text, several texts at a time. Against padded batches on all
threads this was faster (measured on 2 busy cores: 51 against 35 chunks a second), wastes nothing on padding,
needs the memory of a few texts only, and makes a text's vector a function of that text alone, whatever the
graph's quantization does.

A sentence's vector is the mean of the states that its tokens have in the text that holds it, from the run that
embeds the text ("late chunking": Günther et al. 2024, arXiv 2409.04701): it costs no run of its own, and the states
know what the sentence's pronouns refer to. That presumes a model whose text vectors are such means, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from ingest.embedding import EmbeddedText
from ingest.errors import SettingsError
from ingest.minilm import TOKENS

Pooling = Literal["mean", "cls"]

_TOKENIZE_AT_ONCE = 256
"""Texts tokenized together, so that a long list does not hold all its encodings in memory."""


class OnnxEmbedder:
    """A graph and its tokenizer. Nothing in it changes after construction; threads may share it.

    The graph takes `input_ids`, `attention_mask` and, if it likes, `token_type_ids`, all int64 (batch,
    sequence). Its first output is either (batch, dimension) or (batch, sequence, dimension), which is then
    pooled.
    """

    def __init__(
        self,
        *,
        name: str,
        fingerprint: str,
        session: Any,
        tokenizer: Tokenizer,
        max_tokens: int,
        pooling: Pooling,
        threads: int,
    ) -> None:
        """Try the graph on a word.

        Args:
            fingerprint: as it should be, save for the dimension, which is appended.
            session: ONNX Runtime's, with the graph in it.
            tokenizer: one that neither cuts nor pads.
            max_tokens: content tokens of a text that count.
            threads: texts run at the same time, at least 1.

        Raises:
            SettingsError: the graph has other inputs or outputs.
        """
        self.name = name
        self.max_tokens = max_tokens
        self._threads = threads
        self._pooling = pooling
        self._tokenizer = tokenizer
        self._session = session
        self._inputs = [given.name for given in session.get_inputs()]
        self._first_output: str = session.get_outputs()[0].name
        unknown = set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}
        if "input_ids" not in self._inputs or unknown:
            raise SettingsError(
                f"embedder {name}: its graph takes {self._inputs}, not a BERT-like model's inputs"
            )
        self.dimension = len(self._vector(self._encode(["dimension"])[0]))
        self.fingerprint = f"{fingerprint}-{self.dimension}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)

        def fill(index: int, encoding: Encoding) -> None:
            vectors[index] = self._vector(encoding)

        self._run_each(texts, self._encode, fill)
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Embedder.count_tokens`."""
        return count_tokens(self._tokenizer, texts)

    def _run_each(
        self,
        texts: Sequence[str],
        encode: Callable[[Sequence[str]], list[Encoding]],
        fill: Callable[[int, Encoding], None],
    ) -> None:
        """Call `fill` with the number of each text and its encoding, in as many threads as there are to be."""
        for first in range(0, len(texts), _TOKENIZE_AT_ONCE):
            encodings = encode(texts[first : first + _TOKENIZE_AT_ONCE])
            # The longest first: the last to finish is then a short one, and no core waits for long.
            order = sorted(range(len(encodings)), key=lambda index: -len(encodings[index].ids))
            workers = min(self._threads, len(order))
            if workers == 1:
                for index in order:
                    fill(first + index, encodings[index])
                continue
            with ThreadPoolExecutor(workers, thread_name_prefix="embed") as pool:
                for done in [pool.submit(fill, first + index, encodings[index]) for index in order]:
                    done.result()

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Token ids of each text, cut to `max_tokens`, special tokens around them."""
        return self._completed(self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False))

    def _completed(self, encodings: Sequence[Encoding]) -> list[Encoding]:
        for encoding in encodings:
            encoding.truncate(self.max_tokens)
        return [self._tokenizer.post_process(encoding) for encoding in encodings]

    def _vector(self, encoding: Encoding) -> NDArray[np.float32]:
        return self._pooled(self._outputs(encoding, [self._first_output])[0])

    def _outputs(self, encoding: Encoding, names: Sequence[str]) -> list[NDArray[np.float32]]:
        """These outputs of the graph for one text, without the batch's axis."""
        ids = np.array([encoding.ids], np.int64)
        values = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([encoding.type_ids], np.int64),
        }
        found = self._session.run(list(names), {name: values[name] for name in self._inputs})
        return [np.asarray(one, np.float32)[0] for one in found]

    def _pooled(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        if output.ndim == 2:
            output = output[0] if self._pooling == "cls" else output.mean(axis=0)
        return _unit(output)


class OnnxSentenceEmbedder(OnnxEmbedder):
    """The same, over a graph that gives the states of the tokens, too: a `SentenceEmbedder`."""

    def __init__(self, *, states: str, **given: Any) -> None:
        """`states` is the name of the output (batch, sequence, dimension); the rest is as for `OnnxEmbedder`."""
        super().__init__(**given)
        self._wanted = list(dict.fromkeys([self._first_output, states]))

    def embed_with_sentences(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[EmbeddedText]:
        """See `SentenceEmbedder.embed_with_sentences`."""
        found: dict[int, EmbeddedText] = {}

        def fill(index: int, encoding: Encoding) -> None:
            outputs = self._outputs(encoding, self._wanted)
            vector = self._pooled(outputs[0])
            found[index] = EmbeddedText(vector, _sentences(outputs[-1], encoding, spans[index], vector))

        if len(spans) != len(texts):
            raise ValueError(f"{len(texts)} texts need as many lists of spans, not {len(spans)}")
        self._run_each(texts, self._encode_with_offsets, fill)
        return [found[index] for index in range(len(texts))]

    def _encode_with_offsets(self, texts: Sequence[str]) -> list[Encoding]:
        """As `_encode`, with the characters of each token, which take a seventh longer."""
        return self._completed(self._tokenizer.encode_batch(list(texts), add_special_tokens=False))


def open_embedder(
    *,
    name: str,
    fingerprint: str,
    session: Any,
    tokenizer: Tokenizer,
    max_tokens: int,
    pooling: Pooling,
    threads: int,
) -> OnnxEmbedder:
    """An `OnnxSentenceEmbedder` where the graph's outputs and the pooling allow it, else an `OnnxEmbedder`.

    Takes and raises what `OnnxEmbedder` does.
    """
    outputs = {output.name: len(output.shape or ()) for output in session.get_outputs()}
    first = next(iter(outputs))
    states = first if outputs[first] == 3 else TOKENS
    given: dict[str, Any] = {
        "name": name,
        "fingerprint": fingerprint,
        "session": session,
        "tokenizer": tokenizer,
        "max_tokens": max_tokens,
        "pooling": pooling,
        "threads": threads,
    }
    if pooling == "mean" and outputs.get(states) == 3:
        return OnnxSentenceEmbedder(states=states, **given)
    return OnnxEmbedder(**given)


def count_tokens(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, special tokens not included."""
    counts: list[int] = []
    for first in range(0, len(texts), _TOKENIZE_AT_ONCE):
        some = list(texts[first : first + _TOKENIZE_AT_ONCE])
        counts += [len(one) for one in tokenizer.encode_batch_fast(some, add_special_tokens=False)]
    return counts


def _sentences(
    states: NDArray[np.float32],
    encoding: Encoding,
    spans: Sequence[tuple[int, int]],
    vector: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The unit mean of the `states` (sequence, dimension) of each span's tokens; `vector` where it has none."""
    sentences = np.tile(vector, (len(spans), 1))
    content = np.flatnonzero(np.array(encoding.special_tokens_mask) == 0)
    if not len(spans) or not len(content):
        return sentences
    # Offsets ascend between the special tokens, so that those which share a character with a span are a run.
    low, high = int(content[0]), int(content[-1]) + 1
    offsets, edges = np.array(encoding.offsets), np.array(spans)
    first = low + np.searchsorted(offsets[low:high, 1], edges[:, 0], side="right")
    after = low + np.searchsorted(offsets[low:high, 0], edges[:, 1], side="left")
    for number, (start, end) in enumerate(zip(first.tolist(), after.tolist(), strict=True)):
        if start < end:
            np.add.reduce(states[start:end], axis=0, out=sentences[number])
    lengths: NDArray[np.float32] = np.linalg.norm(sentences, axis=1, keepdims=True)
    sentences /= np.where(lengths > 0, lengths, 1)
    return sentences


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    unit: NDArray[np.float32] = vector / np.float32(length if length > 0 else 1)
    return unit


__all__ = ["OnnxEmbedder", "OnnxSentenceEmbedder", "Pooling", "count_tokens", "open_embedder"]
